package main

import (
	"slices"
	"strings"
	"testing"
)

const mark = "\ufeff"

func TestMend(t *testing.T) {
	for _, c := range []struct {
		file, whole string
		what        []string
	}{
		{"a\nb\n", "a\nb\n", nil},
		{mark + "a\n", "a\n", []string{"byte-order-mark"}},
		{mark + mark + "a\n", mark + "a\n", []string{"byte-order-mark"}},
		{"a\r\nb\r\n", "a\nb\n", []string{"line-endings"}},
		{"a\r\nb\n", "a\r\nb\n", nil},
		{"a\r\nb\rc\r\n", "a\r\nb\rc\r\n", nil},
		{"a\r\r\n", "a\r\r\n", nil},
		{"a", "a\n", []string{"last-newline"}},
		{"a \t\n b\n", "a\n b\n", []string{"trailing-blanks"}},
		{"a\n\n", "a\n", []string{"last-newline"}},
		{mark + "a\r\n\r\nb", "a\n\nb\n", []string{"byte-order-mark", "line-endings", "last-newline"}},
	} {
		whole, rows := mend("receipt", []byte(c.file))
		var what []string
		for _, row := range rows {
			what = append(what, row.What)
		}
		if string(whole) != c.whole || !slices.Equal(what, c.what) {
			t.Errorf("%q: %q, %v", c.file, whole, what)
		}
	}
}

// Other changes than the four are judged as they stand; so is what is inside
// extra.
func TestTouchedReceipts(t *testing.T) {
	m := newReceiptMaker(t, 40)
	zero := int64(0)
	x := &extra{Gift: &zero, Keys: []introduction{m.introduce(t, m.cast.alice, 2), m.introduce(t, m.cast.registrar, 0)}}
	whole := string(m.receipt(t, 10, x))
	crlf := strings.ReplaceAll(whole, "\n", "\r\n")
	for touched, ok := range map[string]bool{
		whole:                                   true,
		mark + crlf + "\r\n":                    true,
		strings.TrimSuffix(whole, "\n"):         true,
		mark + mark + whole:                     false,
		strings.Replace(whole, "\n", "\r\n", 1): false,
		crlf + "\n":                             false,
		"\n" + whole:                            false,
	} {
		if _, err := verifyReceipt([]byte(touched), m.policy); (err == nil) != ok {
			t.Errorf("%q…: %v", touched[:20], err)
		}
	}
	inside := x.stringify()
	for _, other := range []string{
		mark + inside, inside + "\n", strings.Replace(inside, `"v":1`, `"v": 1`, 1),
		strings.Replace(inside, `"event"`, `"\u0065vent"`, 1), strings.TrimSuffix(inside, "}") + `,"openings":[]}`,
	} {
		changed := strings.Replace(whole, encode64([]byte(inside)), encode64([]byte(other)), 1)
		if _, err := verifyReceipt([]byte(changed), m.policy); changed == whole || err == nil {
			t.Errorf("an extra in another spelling holds: %.60q", other)
		}
	}
}
