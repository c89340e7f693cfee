package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// booked are the kinds of which a verifier knows the role that signs them.
var booked = []string{
	"donation.received", "donation.refunded", "settlement.received",
	"disbursement.paid", "disbursement.confirmed", "expenditure.recorded",
}

// standing is one whose signature stands on an event, and verifies.
type standing struct {
	*listed
	isNew bool // the event itself introduces it
}

// mayStand holds 2-FORMATS §6, "Who may stand there". opening is the
// chain.opened that the event's chain rests on, if there is one.
func mayStand(ev *event, data, opening *keyData, all []standing) error {
	name, _, _ := strings.Cut(ev.kind, "/")
	switch {
	case ev.kind == "chain.opened/1":
		others, err := signedByListed(data, all)
		if err != nil {
			return err
		}
		return oneRegistrar(ev.chain, others)
	case ev.kind == "key.added/1":
		others, err := signedByListed(data, all)
		if err != nil {
			return err
		}
		return admins(ev.chain, others)
	case ev.kind == "chain.recovered/1":
		others, err := signedByListed(data, all)
		if err != nil {
			return err
		}
		rest, err := recoveryQuorum(ev.chain, opening, others)
		if err != nil {
			return err
		}
		return oneRegistrar(ev.chain, rest)
	case name == "key.revoked":
		if !slices.ContainsFunc(all, func(s standing) bool { return !s.recovers(ev.chain) }) {
			return nil
		}
		return admins(ev.chain, all)
	}
	for _, s := range all {
		if s.chain() != ev.chain || s.recovery {
			return fmt.Errorf("%s signs for chain %q", s.verifier.Name(), ev.chain)
		}
	}
	if slices.Contains(booked, name) && !slices.ContainsFunc(all, func(s standing) bool { return s.has("book") }) {
		return errors.New("no key that books signed it")
	}
	return nil
}

// judgesRoles says whether mayStand asks for a role on such an event.
func judgesRoles(ev *event) bool {
	name, _, _ := strings.Cut(ev.kind, "/")
	return slices.Contains(introducing, ev.kind) || name == "key.revoked" || slices.Contains(booked, name)
}

// notChecked is what an audit judges and this reader does not.
func notChecked(ev *event) []string {
	words := []string{"revocation", "thresholds", "later", "admission of a key's bytes (2-FORMATS §10.1)"}
	if !judgesRoles(ev) {
		words = append(words, "roles")
	}
	if ev.chain != "operator" {
		words = append(words, "second-opening")
	}
	return words
}

// signedByListed wants every key that the event lists with roles among its
// signers, and gives the others.
func signedByListed(data *keyData, all []standing) (others []standing, err error) {
	signed := 0
	for _, s := range all {
		if s.isNew && s.roles != nil {
			signed++
		} else {
			others = append(others, s)
		}
	}
	if signed != len(data.keys) {
		return nil, errors.New("a key that it lists did not sign it")
	}
	return others, nil
}

// oneRegistrar wants exactly one, and nobody else; operator has nobody above.
func oneRegistrar(chain string, all []standing) error {
	want := 1
	if chain == "operator" {
		want = 0
	}
	for _, s := range all {
		if s.chain() != "operator" || !s.has("registrar") {
			return fmt.Errorf("%s is no registrar", s.verifier.Name())
		}
	}
	if len(all) != want {
		return fmt.Errorf("%d registrars signed it, %d must", len(all), want)
	}
	return nil
}

func admins(chain string, all []standing) error {
	for _, s := range all {
		if s.chain() != chain || !s.has("admin") {
			return fmt.Errorf("%s is no admin of %q", s.verifier.Name(), chain)
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("no admin of %q signed it", chain)
	}
	return nil
}

// recoveryQuorum counts keys and not labels, and wants one at least: without
// it the new keys rest on no opening.
func recoveryQuorum(chain string, opening *keyData, all []standing) (rest []standing, err error) {
	keys := map[string]bool{}
	for _, s := range all {
		if s.recovers(chain) {
			keys[s.material()] = true
		} else {
			rest = append(rest, s)
		}
	}
	if opening == nil || int64(len(keys)) < max(1, opening.quorum) {
		return nil, fmt.Errorf("%d recovery keys signed it", len(keys))
	}
	return rest, nil
}
