package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// extra is our receipts' `extra` (2-FORMATS §6). `gift` and `openings` may be
// absent.
type extra struct {
	V        int            `json:"v"`
	Event    string         `json:"event"`
	Gift     *int64         `json:"gift"`
	Keys     []introduction `json:"keys"`
	Openings *[]opening     `json:"openings"`
}

type introduction struct {
	Vkey  string   `json:"vkey"`
	Event string   `json:"event"`
	Index int64    `json:"index"`
	Proof []string `json:"proof"`
}

type opening struct {
	Field string `json:"field"`
	Salt  string `json:"salt"`
	Value string `json:"value"`
}

// parseExtra reads it and writes it again: whatever is unknown, double, out of
// order or spelled otherwise than JSON.stringify would, comes out different.
func parseExtra(text []byte) (*extra, error) {
	var x extra
	if err := json.Unmarshal(text, &x); err != nil {
		return nil, err
	}
	if x.V != 1 {
		return nil, fmt.Errorf("version %d", x.V)
	}
	if x.Gift != nil && *x.Gift < 0 {
		return nil, errors.New("a negative gift")
	}
	if x.Openings != nil && len(*x.Openings) == 0 {
		return nil, errors.New("openings is left out where there are none")
	}
	if x.stringify() != string(text) {
		return nil, errors.New("not spelled as JSON.stringify spells this schema")
	}
	return &x, nil
}

func (x *extra) stringify() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"v":%d,"event":%s`, x.V, quote(x.Event))
	if x.Gift != nil {
		fmt.Fprintf(&b, `,"gift":%d`, *x.Gift)
	}
	b.WriteString(`,"keys":` + list(x.Keys, introduction.stringify))
	if x.Openings != nil {
		b.WriteString(`,"openings":` + list(*x.Openings, opening.stringify))
	}
	b.WriteString("}")
	return b.String()
}

func (k introduction) stringify() string {
	return fmt.Sprintf(`{"vkey":%s,"event":%s,"index":%d,"proof":%s}`,
		quote(k.Vkey), quote(k.Event), k.Index, list(k.Proof, quote))
}

func (o opening) stringify() string {
	return fmt.Sprintf(`{"field":%s,"salt":%s,"value":%s}`, quote(o.Field), quote(o.Salt), quote(o.Value))
}

func list[T any](items []T, stringify func(T) string) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = stringify(item)
	}
	return "[" + strings.Join(out, ",") + "]"
}

// quote is ECMAScript's QuoteJSONString for well-formed text. encoding/json
// differs from it in U+2028 and U+2029.
func quote(s string) string {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		escape, ok := short[r]
		switch {
		case ok:
			b.WriteString(escape)
		case r < 0x20:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
