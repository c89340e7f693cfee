package main

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
)

// strict64 decodes canonical RFC 4648 §4 base64 only (2-FORMATS §1). Decoding
// strictly still skips newlines, so the text is also compared after encoding.
func strict64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, errors.New("not canonical base64")
	}
	return b, nil
}

// hash64 decodes a base64 SHA-256.
func hash64(s string) (h [sha256.Size]byte, err error) {
	b, err := strict64(s)
	if err != nil {
		return h, err
	}
	if len(b) != len(h) {
		return h, fmt.Errorf("%d bytes where a hash has 32", len(b))
	}
	return [sha256.Size]byte(b), nil
}

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// decimal reads digits without a leading zero, at most 2^63-1 (2-FORMATS §1).
func decimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("%q is not a decimal", s)
	}
	return n, nil
}
