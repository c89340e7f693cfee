package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// introducing are the kinds that introduce keys.
var introducing = []string{"chain.opened/1", "key.added/1", "chain.recovered/1"}

var roleNames = []string{"admin", "book", "request", "approve", "report", "attest", "supervise", "registrar", "sequencer"}

// keyData is what a verifier reads of an introducing event (2-FORMATS §11).
type keyData struct {
	keys     []keyJSON
	recovery []string // vkeys, of a chain.opened
	quorum   int64    // of recovery keys
}

// listed is a key as its introducing event lists it.
type listed struct {
	vkey     string
	verifier note.Verifier
	roles    []string // nil for a recovery key only
	recovery bool
}

func (k *listed) chain() string {
	chain, _, _ := strings.Cut(k.verifier.Name(), "/")
	return chain
}

func (k *listed) has(role string) bool { return !k.recovery && slices.Contains(k.roles, role) }

func (k *listed) recovers(chain string) bool { return k.recovery && k.chain() == chain }

// material is the key without its name.
func (k *listed) material() string { return strings.SplitN(k.vkey, "+", 3)[2] }

// introducer is an event that introduces keys, in the tree.
type introducer struct {
	event  *event
	data   *keyData
	listed map[string]*listed // by name
}

// introductions are all of a receipt's: where each key is introduced, by its
// name, and the introducing events by their index.
type introductions struct {
	keys  map[string]int64
	notes map[int64]*introducer
}

// openIntroductions reads each entry by itself, then holds them together:
// every entry must hold, needed or not. Whoever signs a note was introduced at
// it or below it, so a line of vouchers ends by going down.
func openIntroductions(list []introduction, ev *event, index int64, cp *checkpoint) (*introductions, error) {
	all := &introductions{map[string]int64{}, map[int64]*introducer{}}
	if slices.Contains(introducing, ev.kind) {
		n, err := readIntroducer(ev)
		if err != nil {
			return nil, &failure{"event", index, err}
		}
		all.notes[index] = n
	}
	for _, in := range list {
		if err := all.add(in, index, cp); err != nil {
			return nil, &failure{"introduction of " + in.Vkey, in.Index, err}
		}
	}
	if err := all.bindOnce(); err != nil {
		return nil, fail("introductions", "%w", err)
	}
	for at, n := range all.notes {
		if err := all.verify(n.event, at); err != nil {
			return nil, &failure{"introducing event", at, err}
		}
	}
	return all, nil
}

func (all *introductions) add(in introduction, eventIndex int64, cp *checkpoint) error {
	if in.Index > eventIndex {
		return errors.New("introduced after the event")
	}
	verifier, err := verifierFor(in.Vkey)
	if err != nil {
		return err
	}
	proof, err := parseProof(in.Proof)
	if err != nil {
		return err
	}
	ev, err := includedEvent(in.Event, in.Index, proof, cp)
	if err != nil {
		return err
	}
	if all.notes[in.Index] == nil {
		if all.notes[in.Index], err = readIntroducer(ev); err != nil {
			return err
		}
	}
	if k := all.notes[in.Index].listed[verifier.Name()]; k == nil || k.vkey != in.Vkey {
		return errors.New("its event does not list this key")
	}
	if _, there := all.keys[verifier.Name()]; there {
		return errors.New("stands there twice")
	}
	all.keys[verifier.Name()] = in.Index
	return nil
}

// readIntroducer refuses events that introduce no key, and lists that name one
// label for two keys or one key for two sets of roles.
func readIntroducer(ev *event) (*introducer, error) {
	data, err := readKeyData(ev)
	if err != nil {
		return nil, err
	}
	n := &introducer{ev, data, map[string]*listed{}}
	for _, k := range data.keys {
		l, err := listedIn(ev, k.Vkey)
		if err != nil {
			return nil, err
		}
		if !labelPattern.MatchString(k.Holder) {
			return nil, fmt.Errorf("holder %q", k.Holder)
		}
		if n.listed[l.verifier.Name()] != nil {
			return nil, fmt.Errorf("lists %s twice", l.verifier.Name())
		}
		l.roles = k.Roles
		n.listed[l.verifier.Name()] = l
	}
	for _, vkey := range data.recovery {
		l, err := listedIn(ev, vkey)
		if err != nil {
			continue // it can never sign
		}
		if there := n.listed[l.verifier.Name()]; there == nil {
			n.listed[l.verifier.Name()] = l
		} else if there.vkey != vkey {
			return nil, fmt.Errorf("lists %s twice", l.verifier.Name())
		}
		n.listed[l.verifier.Name()].recovery = true
	}
	return n, nil
}

func listedIn(ev *event, vkey string) (*listed, error) {
	v, err := verifierFor(vkey)
	if err != nil {
		return nil, err
	}
	chain, label, _ := strings.Cut(v.Name(), "/")
	if chain != ev.chain || !labelPattern.MatchString(label) {
		return nil, fmt.Errorf("lists a key %s, which is none of chain %q", v.Name(), ev.chain)
	}
	return &listed{vkey: vkey, verifier: v}, nil
}

// readKeyData reads the closed schemas of the kinds that introduce keys.
func readKeyData(ev *event) (*keyData, error) {
	var d keyData
	var err error
	switch {
	case ev.kind == "chain.opened/1" && ev.seq == 0:
		var data struct {
			Name        *map[string]string `json:"name"`
			Keys        *[]keyJSON         `json:"keys"`
			AdminQuorum *uint32            `json:"admin_quorum"`
			Approvals   *[]struct {
				Currency  *string `json:"currency"`
				From      *string `json:"from"`
				Approvers *uint32 `json:"approvers"`
			} `json:"approvals"`
			Recovery *struct {
				Keys   *[]string `json:"keys"`
				Quorum *uint32   `json:"quorum"`
			} `json:"recovery"`
		}
		if err = closed(ev.data, &data); err != nil {
			return nil, err
		}
		r := data.Recovery
		if data.Name == nil || data.Keys == nil || data.AdminQuorum == nil || data.Approvals == nil ||
			r == nil || r.Keys == nil || r.Quorum == nil {
			return nil, errors.New("a member of chain.opened is missing")
		}
		for _, a := range *data.Approvals {
			if a.Currency == nil || a.From == nil || a.Approvers == nil {
				return nil, errors.New("a member of an approval is missing")
			}
		}
		d = keyData{*data.Keys, *r.Keys, int64(*r.Quorum)}
	case ev.kind == "key.added/1":
		var data struct {
			Key *keyJSON `json:"key"`
		}
		if err = closed(ev.data, &data); err != nil {
			return nil, err
		}
		if data.Key == nil {
			return nil, errors.New("no key")
		}
		d.keys = []keyJSON{*data.Key}
	case ev.kind == "chain.recovered/1":
		var data struct {
			Keys        *[]keyJSON `json:"keys"`
			AdminQuorum *uint32    `json:"admin_quorum"`
		}
		if err = closed(ev.data, &data); err != nil {
			return nil, err
		}
		if data.Keys == nil || data.AdminQuorum == nil {
			return nil, errors.New("a member of chain.recovered is missing")
		}
		d.keys = *data.Keys
	default:
		return nil, fmt.Errorf("%s at seq %d introduces no key", ev.kind, ev.seq)
	}
	for _, k := range d.keys {
		if k.Roles == nil {
			return nil, errors.New("a key without roles")
		}
		for _, role := range k.Roles {
			if !slices.Contains(roleNames, role) {
				return nil, fmt.Errorf("role %q", role)
			}
		}
	}
	return &d, nil
}

// closed reads JSON into a schema that knows all its members, by their exact
// names: encoding/json alone would take "Keys" for "keys".
func closed(text string, into any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("text after the object")
	}
	return lowerNames(text)
}

func lowerNames(text string) error {
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		return err
	}
	for name, value := range data {
		if name != strings.ToLower(name) {
			return fmt.Errorf("member %q", name)
		}
		if name == "name" { // languages are names of its members
			continue
		}
		items := []json.RawMessage{value}
		if bytes.HasPrefix(value, []byte("[")) {
			if err := json.Unmarshal(value, &items); err != nil {
				return err
			}
		}
		for _, item := range items {
			if bytes.HasPrefix(item, []byte("{")) {
				if err := lowerNames(string(item)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// bindOnce wants one opening for each chain, operator's at index 0, and one
// introducing event for each label.
func (all *introductions) bindOnce() error {
	openings, labels := map[string]bool{}, map[string]bool{}
	for at, n := range all.notes {
		if n.event.kind == "chain.opened/1" {
			if n.event.chain == "operator" && at != 0 {
				return errors.New("operator's chain.opened is not at index 0")
			}
			if openings[n.event.chain] {
				return fmt.Errorf("chain %q is opened twice", n.event.chain)
			}
			openings[n.event.chain] = true
		}
		for name := range n.listed {
			if labels[name] {
				return fmt.Errorf("%s is introduced twice", name)
			}
			labels[name] = true
		}
	}
	return nil
}

func (all *introductions) opening(chain string) *keyData {
	for _, n := range all.notes {
		if n.event.kind == "chain.opened/1" && n.event.chain == chain {
			return n.data
		}
	}
	return nil
}

// find gives the key of a name that may stand on the event at index.
func (all *introductions) find(name string, index int64) (*standing, error) {
	if n := all.notes[index]; n != nil && n.listed[name] != nil {
		return &standing{n.listed[name], true}, nil
	}
	at, ok := all.keys[name]
	if !ok {
		return nil, fmt.Errorf("%s is not introduced", name)
	}
	if at >= index {
		return nil, fmt.Errorf("%s is introduced at %d, too late", name, at)
	}
	return &standing{all.notes[at].listed[name], false}, nil
}

// verify has sumdb/note check every signature line on the event, then asks who
// may stand there.
func (all *introductions) verify(ev *event, index int64) error {
	var keys []note.Verifier
	var there []standing
	for _, name := range ev.signers {
		s, err := all.find(name, index)
		if err != nil {
			return err
		}
		keys, there = append(keys, s.verifier), append(there, *s)
	}
	if err := ev.signedBy(keys); err != nil {
		return err
	}
	var data *keyData
	if n := all.notes[index]; n != nil {
		data = n.data
	}
	return mayStand(ev, data, all.opening(ev.chain), there)
}

// verifyEvent is verify for the receipt's own event, whose signers are all
// entries, and which rests on an opening.
func (all *introductions) verifyEvent(ev *event, index int64) error {
	for _, name := range ev.signers {
		if _, ok := all.keys[name]; !ok {
			return fmt.Errorf("%s is not introduced", name)
		}
	}
	if all.opening(ev.chain) == nil {
		return fmt.Errorf("no opening of chain %q", ev.chain)
	}
	return all.verify(ev, index)
}
