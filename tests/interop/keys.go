package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// derive gives 32 bytes that depend on the seed and the label only, so that a
// written log is the same byte for byte each time.
func derive(seed, label string) [32]byte {
	mac := hmac.New(sha256.New, []byte(seed))
	fmt.Fprintf(mac, "interop\n%s", label)
	return [32]byte(mac.Sum(nil))
}

// author is one key of the written log.
type author struct {
	note.Signer
	vkey   string
	holder string
	roles  []string
}

// newAuthor passes the key through the text form that sumdb/note defines.
func newAuthor(seed, name, holder string, roles ...string) (*author, error) {
	raw := derive(seed, "key "+name)
	public := ed25519.NewKeyFromSeed(raw[:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, err
	}
	id := strings.SplitN(vkey, "+", 3)[1]
	private := fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", name, id, encode64(append([]byte{1}, raw[:]...)))
	signer, err := note.NewSigner(private)
	if err != nil {
		return nil, err
	}
	return &author{signer, vkey, holder, roles}, nil
}

// keyJSON is a KEY object (2-FORMATS §11).
type keyJSON struct {
	Vkey   string   `json:"vkey"`
	Holder string   `json:"holder"`
	Roles  []string `json:"roles"`
}

func (a *author) json() keyJSON { return keyJSON{a.vkey, a.holder, a.roles} }
