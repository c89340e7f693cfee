package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

const (
	maxDepth   = 8
	maxInteger = 1 << 53
)

var integerPattern = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// strictData checks `data` (2-FORMATS §9): one object, no key twice, no depth
// above 8, integers only, no lone surrogates.
func strictData(text string) error {
	if !strings.HasPrefix(text, "{") || !strings.HasSuffix(text, "}") || !json.Valid([]byte(text)) {
		return errors.New("not one JSON object")
	}
	if err := pairedSurrogates(text); err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := strictValue(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("text after the object")
	}
	return nil
}

func strictValue(dec *json.Decoder, depth int) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch tok := tok.(type) {
	case json.Number:
		n, err := strconv.ParseInt(tok.String(), 10, 64)
		if err != nil || !integerPattern.MatchString(tok.String()) || n > maxInteger || n < -maxInteger {
			return fmt.Errorf("number %s", tok)
		}
	case json.Delim:
		if depth == maxDepth {
			return errors.New("too deep")
		}
		if err := strictMembers(dec, tok == '{', depth+1); err != nil {
			return err
		}
		_, err = dec.Token() // the closing delimiter
		return err
	}
	return nil
}

func strictMembers(dec *json.Decoder, object bool, depth int) error {
	keys := map[string]bool{}
	for dec.More() {
		if object {
			tok, err := dec.Token()
			if err != nil {
				return err
			}
			key, _ := tok.(string) // unescaped by the decoder
			if keys[key] {
				return fmt.Errorf("member %q twice", key)
			}
			keys[key] = true
		}
		if err := strictValue(dec, depth); err != nil {
			return err
		}
	}
	return nil
}

// pairedSurrogates looks at the escapes, which encoding/json would replace. In
// valid JSON a backslash stands in strings only, and \u has four digits.
func pairedSurrogates(text string) error {
	lone := errors.New("lone surrogate")
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++ // what is escaped
		high := escapeAt(text, i)
		if !utf16.IsSurrogate(high) {
			continue
		}
		if i+5 >= len(text) || text[i+5] != '\\' || utf16.DecodeRune(high, escapeAt(text, i+6)) == '\uFFFD' {
			return lone
		}
		i += 10
	}
	return nil
}

// escapeAt reads uXXXX, or gives -1.
func escapeAt(text string, i int) rune {
	if i+5 > len(text) || text[i] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(text[i+1:i+5], 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}
