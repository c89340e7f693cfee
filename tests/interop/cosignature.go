package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// errUnknownAlgorithm marks a witness key that we keep but cannot use.
var errUnknownAlgorithm = errors.New("unknown algorithm")

// cosigner verifies a timestamped Ed25519 cosignature, algorithm 04
// (c2sp.org/tlog-cosignature), which sumdb/note takes as one more verifier.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	text := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, msg)
	return ed25519.Verify(c.key, text, sig[8:])
}

func cosignatureVerifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" {
		return nil, errors.New("malformed vkey")
	}
	key, err := strict64(parts[2])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if parts[1] != fmt.Sprintf("%08x", hash) {
		return nil, errors.New("key id does not belong to the key")
	}
	if len(key) == 0 || key[0] != 4 {
		return nil, errUnknownAlgorithm
	}
	if len(key) != 1+ed25519.PublicKeySize {
		return nil, errors.New("key of another length")
	}
	return &cosigner{parts[0], hash, key[1:]}, nil
}
