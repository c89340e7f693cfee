package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// keyData is the part of an introducing event's data that a verifier reads
// (2-FORMATS §11).
type keyData struct {
	keys     []keyEntry
	recovery []string // vkeys
}

type keyEntry struct {
	vkey  string
	roles []string
}

// introduced is one entry of `keys`: a key and the event that brought it in.
type introduced struct {
	vkey     string
	verifier note.Verifier
	event    *event
	data     keyData
	index    int64
}

// introductions are all of a receipt's, by the key's name and id.
type introductions map[string]*introduced

// openIntroductions checks each entry by itself, then every signature on the
// introducing events.
func openIntroductions(list []introduction, cp *checkpoint) (introductions, error) {
	all := introductions{}
	for _, in := range list {
		k, err := openIntroduction(in, cp)
		if err != nil {
			return nil, &failure{"introduction of " + in.Vkey, in.Index, err}
		}
		if all[k.id()] != nil {
			return nil, fail("introduction of "+in.Vkey, "stands there twice")
		}
		all[k.id()] = k
	}
	for _, in := range list {
		k := all[idOf(in.Vkey)]
		if err := all.verify(k.event, k.index); err != nil {
			return nil, &failure{"introduction of " + in.Vkey, in.Index, err}
		}
	}
	return all, nil
}

func openIntroduction(in introduction, cp *checkpoint) (*introduced, error) {
	verifier, err := verifierFor(in.Vkey)
	if err != nil {
		return nil, err
	}
	proof, err := parseProof(in.Proof)
	if err != nil {
		return nil, err
	}
	ev, err := includedEvent(in.Event, in.Index, proof, cp)
	if err != nil {
		return nil, err
	}
	if chain, _, _ := strings.Cut(verifier.Name(), "/"); chain != ev.chain {
		return nil, fmt.Errorf("by an event of chain %q", ev.chain)
	}
	k := &introduced{vkey: in.Vkey, verifier: verifier, event: ev, index: in.Index}
	if k.data, err = readKeyData(ev); err != nil {
		return nil, err
	}
	if k.entry() == nil && !slices.Contains(k.data.recovery, in.Vkey) {
		return nil, errors.New("its event does not list this key")
	}
	return k, nil
}

// readKeyData refuses events that introduce no key.
func readKeyData(ev *event) (d keyData, err error) {
	switch ev.kind {
	case "chain.opened/1":
		if ev.seq != 0 {
			return d, errors.New("chain.opened at another seq than 0")
		}
	case "key.added/1", "chain.recovered/1":
	default:
		return d, fmt.Errorf("%s introduces no key", ev.kind)
	}
	var data any
	if err := json.Unmarshal([]byte(ev.data), &data); err != nil {
		return d, err
	}
	entries, _ := lookup(data, "keys").([]any)
	if ev.kind == "key.added/1" {
		entries = []any{lookup(data, "key")}
	}
	for _, k := range entries {
		vkey, _ := lookup(k, "vkey").(string)
		d.keys = append(d.keys, keyEntry{vkey, stringList(lookup(k, "roles"))})
	}
	d.recovery = stringList(lookup(data, "recovery/keys"))
	return d, nil
}

func stringList(v any) (out []string) {
	items, _ := v.([]any)
	for _, item := range items {
		s, _ := item.(string)
		out = append(out, s)
	}
	return out
}

// entry is the KEY object of this key; a recovery key has none.
func (k *introduced) entry() *keyEntry {
	for i := range k.data.keys {
		if k.data.keys[i].vkey == k.vkey {
			return &k.data.keys[i]
		}
	}
	return nil
}

func (k *introduced) id() string { return idOf(k.vkey) }

// idOf cuts a vkey down to name+id.
func idOf(vkey string) string {
	parts := strings.SplitN(vkey, "+", 3)
	return strings.Join(parts[:min(2, len(parts))], "+")
}

// verify has sumdb/note check every signature line on the event, under keys
// that it introduces itself or that stand in the receipt no later than it.
func (all introductions) verify(ev *event, index int64) error {
	var keys []note.Verifier
	own := map[string]bool{}
	if d, err := readKeyData(ev); err == nil {
		for _, k := range d.keys {
			v, err := verifierFor(k.vkey)
			if err != nil {
				return err
			}
			if chain, _, _ := strings.Cut(v.Name(), "/"); chain != ev.chain {
				return fmt.Errorf("lists a key %s of another chain", v.Name())
			}
			if own[idOf(k.vkey)] {
				return fmt.Errorf("lists the key %s twice", v.Name())
			}
			own[idOf(k.vkey)] = true
			keys = append(keys, v)
		}
	}
	registrar := false
	for id, k := range all {
		if own[id] || k.index > index || !slices.Contains(ev.signers, k.verifier.Name()) {
			continue
		}
		if k.entry() == nil && ev.kind != "chain.recovered/1" {
			return fmt.Errorf("%s is a recovery key", k.verifier.Name())
		}
		if k.event.chain == "operator" && k.entry() != nil && slices.Contains(k.entry().roles, "registrar") {
			registrar = true
		}
		keys = append(keys, k.verifier)
	}
	if err := ev.signedBy(keys); err != nil {
		return err
	}
	return ev.signersBelong(index, registrar)
}

// signersBelong holds what §6 says of a chain's beginning, and that nobody
// else's key signs for a chain.
func (e *event) signersBelong(index int64, registrar bool) error {
	opening := e.kind == "chain.opened/1"
	for _, name := range e.signers {
		chain, _, _ := strings.Cut(name, "/")
		guest := chain == "operator" && (opening || e.kind == "chain.recovered/1")
		if chain != e.chain && !guest {
			return fmt.Errorf("%s signs for chain %q", name, e.chain)
		}
	}
	switch {
	case opening && e.chain == "operator" && index != 0:
		return errors.New("operator's chain.opened is not at index 0")
	case opening && e.chain != "operator" && !registrar:
		return errors.New("a chain opened without a registrar's signature")
	}
	return nil
}
