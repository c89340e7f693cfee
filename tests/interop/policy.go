package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// policy is a C2SP tlog-policy (2-FORMATS §7).
type policy struct {
	logs      map[string][]note.Verifier // by origin
	witnesses map[string]note.Verifier   // nil for an algorithm that we do not know
	groups    map[string]group
	member    map[string]bool // names that stand in a group
	keys      map[string]bool
	quorum    string
	mended    []mended
}

type group struct {
	threshold int
	members   []string
}

func loadPolicy(file string) (*policy, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fail("policy", "%w", err)
	}
	text, rows := mend("policy", text)
	p, err := parsePolicy(string(text))
	if err != nil {
		return nil, fail("policy", "%w", err)
	}
	p.mended = rows
	return p, nil
}

func parsePolicy(text string) (*policy, error) {
	p := &policy{
		logs:      map[string][]note.Verifier{},
		witnesses: map[string]note.Verifier{},
		groups:    map[string]group{},
		member:    map[string]bool{},
		keys:      map[string]bool{},
	}
	for i, line := range strings.Split(text, "\n") {
		// The tab is the only control character that the standard allows.
		if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && (r < 0x20 || r == 0x7f) }) {
			return nil, fmt.Errorf("line %d: a control character", i+1)
		}
		if err := p.addLine(words(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if len(p.logs) == 0 {
		return nil, errors.New("names no log")
	}
	if p.quorum == "" {
		return nil, errors.New("has no quorum line")
	}
	return p, nil
}

// words splits a line; a word that begins with # starts a comment.
func words(line string) []string {
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	for i, f := range fields {
		if strings.HasPrefix(f, "#") {
			return fields[:i]
		}
	}
	return fields
}

func (p *policy) addLine(w []string) error {
	if len(w) == 0 {
		return nil
	}
	switch {
	case w[0] == "log" && (len(w) == 2 || len(w) == 3):
		return p.addLog(w[1])
	case w[0] == "witness" && (len(w) == 3 || len(w) == 4):
		return p.addWitness(w[1], w[2])
	case w[0] == "group" && len(w) >= 4:
		return p.addGroup(w[1], w[2], w[3:])
	case w[0] == "quorum" && len(w) == 2:
		if p.quorum != "" {
			return errors.New("second quorum line")
		}
		if w[1] != "none" && !p.defined(w[1]) {
			return fmt.Errorf("quorum of unknown %q", w[1])
		}
		p.quorum = w[1]
		return nil
	}
	return fmt.Errorf("malformed line %q", w[0])
}

func (p *policy) addLog(vkey string) error {
	v, err := verifierFor(vkey)
	if err != nil {
		return err
	}
	p.logs[v.Name()] = append(p.logs[v.Name()], v)
	return p.addKey(vkey)
}

func (p *policy) addWitness(name, vkey string) error {
	if err := p.newName(name); err != nil {
		return err
	}
	v, err := cosignatureVerifier(vkey)
	if err != nil && !errors.Is(err, errUnknownAlgorithm) {
		return err
	}
	p.witnesses[name] = v
	return p.addKey(vkey)
}

func (p *policy) addGroup(name, threshold string, members []string) error {
	if err := p.newName(name); err != nil {
		return err
	}
	for _, m := range members {
		if !p.defined(m) {
			return fmt.Errorf("group of unknown %q", m)
		}
		if p.member[m] {
			return fmt.Errorf("%q is in a group already", m)
		}
		p.member[m] = true
	}
	g := group{members: members}
	switch threshold {
	case "all":
		g.threshold = len(members)
	case "any":
		g.threshold = 1
	default:
		k, err := decimal(threshold)
		if err != nil || k < 1 || k > int64(len(members)) {
			return fmt.Errorf("threshold %q of %d members", threshold, len(members))
		}
		g.threshold = int(k)
	}
	p.groups[name] = g
	return nil
}

// addKey compares the keys themselves: names and ids may differ.
func (p *policy) addKey(vkey string) error {
	key, err := strict64(strings.SplitN(vkey, "+", 3)[2])
	if err != nil {
		return err
	}
	if len(key) == 0 {
		return errors.New("no key")
	}
	if p.keys[string(key[1:])] {
		return errors.New("duplicate key")
	}
	p.keys[string(key[1:])] = true
	return nil
}

func (p *policy) newName(name string) error {
	if name == "none" || p.defined(name) {
		return fmt.Errorf("name %q is taken", name)
	}
	return nil
}

func (p *policy) defined(name string) bool {
	_, isWitness := p.witnesses[name]
	_, isGroup := p.groups[name]
	return isWitness || isGroup
}

func (p *policy) witnessVerifiers() []note.Verifier {
	var list []note.Verifier
	for _, v := range p.witnesses {
		if v != nil {
			list = append(list, v)
		}
	}
	return list
}

// satisfied asks for the signature of a log key and for the quorum.
func (p *policy) satisfied(n *note.Note, logs []note.Verifier) error {
	if !signedByAny(n, logs) {
		return errors.New("no signature of the log's key")
	}
	if p.quorum != "none" && !p.holds(p.quorum, n) {
		return fmt.Errorf("quorum %q is not reached", p.quorum)
	}
	return nil
}

// holds ends because a group's members were defined before it.
func (p *policy) holds(name string, n *note.Note) bool {
	if v, ok := p.witnesses[name]; ok {
		return v != nil && signedByAny(n, []note.Verifier{v})
	}
	g, have := p.groups[name], 0
	for _, m := range g.members {
		if p.holds(m, n) {
			have++
		}
	}
	return have >= g.threshold
}

func signedByAny(n *note.Note, keys []note.Verifier) bool {
	for _, s := range n.Sigs {
		for _, k := range keys {
			if s.Name == k.Name() && s.Hash == k.KeyHash() {
				return true
			}
		}
	}
	return false
}
