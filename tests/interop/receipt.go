package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const receiptHeader = "c2sp.org/tlog-proof@v1"

// receipt is the outside of a tlog-proof file (c2sp.org/tlog-proof).
type receipt struct {
	extra      []byte
	index      int64
	proof      tlog.RecordProof
	checkpoint []byte
}

// receipted is what `receipt` says of a receipt that holds.
type receipted struct {
	OK         bool     `json:"ok"`
	Origin     string   `json:"origin"`
	Size       int64    `json:"size"`
	Root       string   `json:"root"`
	Index      int64    `json:"index"`
	Event      string   `json:"event"`
	Hash       string   `json:"hash"`
	Signers    []string `json:"signers"`
	Introduced int      `json:"introduced"`
	Openings   int      `json:"openings"`
	Mended     []mended `json:"mended"`
	NotChecked []string `json:"not_checked"`
}

func (r *receipted) line() string {
	return fmt.Sprintf("ok: %s at index %d of %s (size %d), signed by %s, %d introductions",
		r.Event, r.Index, r.Origin, r.Size, strings.Join(r.Signers, ", "), r.Introduced)
}

func receiptCommand(file string, p *policy) (result, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fail("receipt", "%w", err)
	}
	return verifyReceipt(data, p)
}

func verifyReceipt(data []byte, p *policy) (*receipted, error) {
	data, rows := mend("receipt", data)
	r, err := parseReceipt(data)
	if err != nil {
		return nil, fail("receipt", "%w", err)
	}
	cp, err := openCheckpoint(r.checkpoint, p)
	if err != nil {
		return nil, fail("checkpoint", "%w", err)
	}
	x, err := parseExtra(r.extra)
	if err != nil {
		return nil, fail("extra", "%w", err)
	}
	ev, err := includedEvent(x.Event, r.index, r.proof, cp)
	if err != nil {
		return nil, &failure{"event", r.index, err}
	}
	intro, err := openIntroductions(x.Keys, ev, r.index, cp)
	if err != nil {
		return nil, err
	}
	if err := intro.verifyEvent(ev, r.index); err != nil {
		return nil, &failure{"event's signatures", r.index, err}
	}
	opened, err := checkOpenings(ev, x)
	if err != nil {
		return nil, &failure{"openings", r.index, err}
	}
	hash := eventHash(ev.text)
	return &receipted{
		OK: true, Origin: cp.origin, Size: cp.N, Root: encode64(cp.Hash[:]), Index: r.index,
		Event: fmt.Sprintf("%s#%d", ev.chain, ev.seq), Hash: encode64(hash[:]),
		Signers: ev.signers, Introduced: len(x.Keys), Openings: opened, Mended: append(rows, p.mended...),
		NotChecked: notChecked(ev),
	}, nil
}

// parseReceipt splits at the first empty line.
func parseReceipt(data []byte) (*receipt, error) {
	head, checkpoint, ok := bytes.Cut(data, []byte("\n\n"))
	if !ok {
		return nil, errors.New("no empty line")
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != receiptHeader {
		return nil, fmt.Errorf("first line is not %q", receiptHeader)
	}
	lines = lines[1:]
	r := &receipt{checkpoint: checkpoint}
	var err error
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if r.extra, err = strict64(lines[0][len("extra "):]); err != nil {
			return nil, fmt.Errorf("extra: %w", err)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, errors.New("no index line")
	}
	if r.index, err = decimal(lines[0][len("index "):]); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	r.proof, err = parseProof(lines[1:])
	return r, err
}

func parseProof(lines []string) (tlog.RecordProof, error) {
	var proof tlog.RecordProof
	for i, line := range lines {
		h, err := hash64(line)
		if err != nil {
			return nil, fmt.Errorf("proof line %d: %w", i, err)
		}
		proof = append(proof, h)
	}
	return proof, nil
}

// includedEvent decodes an event note and has tlog check its inclusion.
func includedEvent(note64 string, index int64, proof tlog.RecordProof, cp *checkpoint) (*event, error) {
	raw, err := strict64(note64)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckRecord(proof, cp.N, cp.Hash, index, tlog.RecordHash(raw)); err != nil {
		return nil, err
	}
	ev, err := parseEvent(raw)
	if err != nil {
		return nil, err
	}
	if ev.log != cp.origin {
		return nil, fmt.Errorf("written for log %q", ev.log)
	}
	return ev, nil
}
