package main

import "bytes"

// mended is one row of a verdict's `mended`.
type mended struct {
	File string `json:"file"`
	What string `json:"what"`
}

// mend undoes what mail or an editor did to a receipt or a policy, in this
// order and nothing else (2-FORMATS §6, "Touched on its way").
func mend(file string, data []byte) ([]byte, []mended) {
	rows := []mended{}
	if rest, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		data, rows = rest, append(rows, mended{file, "byte-order-mark"})
	}
	pairs := bytes.Count(data, []byte("\r\n"))
	if pairs > 0 && pairs == bytes.Count(data, []byte("\r")) && pairs == bytes.Count(data, []byte("\n")) {
		data, rows = bytes.ReplaceAll(data, []byte("\r"), nil), append(rows, mended{file, "line-endings"})
	}
	if lines := bytes.Split(data, []byte("\n")); file == "receipt" {
		for i, line := range lines {
			lines[i] = bytes.TrimRight(line, " \t")
		}
		if whole := bytes.Join(lines, []byte("\n")); len(whole) != len(data) {
			data, rows = whole, append(rows, mended{file, "trailing-blanks"})
		}
	}
	if body := bytes.TrimRight(data, "\n"); len(data)-len(body) != 1 {
		data, rows = append(bytes.Clone(body), '\n'), append(rows, mended{file, "last-newline"})
	}
	return data, rows
}
