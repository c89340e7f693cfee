package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// commit is the commitment of 2-FORMATS §12; the key has exactly 32 bytes.
func commit(key [32]byte, field, value string) string {
	mac := hmac.New(sha256.New, key[:])
	fmt.Fprintf(mac, "almoner/commit@v1\n%s\n%s", field, value)
	return encode64(mac.Sum(nil))
}

// eventHash leaves the signatures out; a leaf hash does not.
func eventHash(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

// checkOpenings wants the named gift to be there and every opening to fit a
// commitment of it. It returns the number of openings.
func checkOpenings(ev *event, x *extra) (int, error) {
	var data any
	if err := json.Unmarshal([]byte(ev.data), &data); err != nil {
		return 0, err
	}
	prefix := ""
	if x.Gift != nil {
		prefix = fmt.Sprintf("gifts/%d", *x.Gift)
		if _, ok := lookup(data, prefix).(map[string]any); !ok {
			return 0, fmt.Errorf("no gift %d in the event", *x.Gift)
		}
		prefix += "/"
	}
	if x.Openings == nil {
		return 0, nil
	}
	opened := map[string]bool{}
	for _, o := range *x.Openings {
		if opened[o.Field] {
			return 0, fmt.Errorf("%s is opened twice", o.Field)
		}
		opened[o.Field] = true
		if !strings.HasPrefix(o.Field, prefix) {
			return 0, fmt.Errorf("%s is not of the gift", o.Field)
		}
		key, err := hash64(o.Salt)
		if err != nil {
			return 0, fmt.Errorf("salt of %s: %w", o.Field, err)
		}
		committed, ok := lookup(data, o.Field).(string)
		if !ok {
			return 0, fmt.Errorf("%s is not in the event", o.Field)
		}
		if commit(key, o.Field, o.Value) != committed {
			return 0, errors.New(o.Field + " opens to something else")
		}
	}
	return len(*x.Openings), nil
}

// lookup walks a path like gifts/1/donor; nil if there is no such thing.
func lookup(data any, path string) any {
	for _, step := range strings.Split(path, "/") {
		switch here := data.(type) {
		case map[string]any:
			data = here[step]
		case []any:
			i, err := decimal(step)
			if err != nil || i >= int64(len(here)) {
				return nil
			}
			data = here[i]
		default:
			return nil
		}
	}
	return data
}
