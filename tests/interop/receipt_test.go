package main

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// receiptMaker writes receipts of a written log: only for these tests.
type receiptMaker struct {
	ledger *ledger
	cast   *cast
	policy *policy
	note   []byte
}

func newReceiptMaker(t *testing.T, n int) *receiptMaker {
	t.Helper()
	l, err := tell(testOrigin, n, "test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCast("test")
	if err != nil {
		t.Fatal(err)
	}
	key, err := newAuthor("test", testOrigin, "")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := l.tree.at(int64(n))
	if err != nil {
		t.Fatal(err)
	}
	msg, err := signCheckpoint(testOrigin, tree, key)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePolicy("log " + key.vkey + "\nquorum none\n")
	if err != nil {
		t.Fatal(err)
	}
	return &receiptMaker{l, c, p, msg}
}

func (m *receiptMaker) proof(t *testing.T, index int) []string {
	t.Helper()
	proof, err := tlog.ProveRecord(m.ledger.tree.size, int64(index), m.ledger.tree)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, h := range proof {
		out = append(out, encode64(h[:]))
	}
	return out
}

func (m *receiptMaker) introduce(t *testing.T, a *author, index int) introduction {
	t.Helper()
	return introduction{a.vkey, encode64(m.ledger.entries[index]), int64(index), m.proof(t, index)}
}

func (m *receiptMaker) receipt(t *testing.T, index int, x *extra) []byte {
	t.Helper()
	x.V, x.Event = 1, encode64(m.ledger.entries[index])
	return fmt.Appendf(nil, "%s\nextra %s\nindex %d\n%s\n\n%s", receiptHeader,
		encode64([]byte(x.stringify())), index, strings.Join(m.proof(t, index), "\n"), m.note)
}

func TestReceiptOfWrittenLog(t *testing.T) {
	const midway = 150
	m := newReceiptMaker(t, 2*midway)
	registrar, alice := m.introduce(t, m.cast.registrar, 0), m.introduce(t, m.cast.alice, 2)
	sequencer, bob := m.introduce(t, m.cast.sequencer, 0), m.introduce(t, m.cast.bob, 2)
	carol := m.introduce(t, m.cast.carol, midway)
	zero, one := int64(0), int64(1)
	salt := derive("test", "salt 200")
	open := func(field, value string) *[]opening {
		return &[]opening{{field, encode64(salt[:]), value}}
	}
	for _, c := range []struct {
		why   string
		index int
		x     extra
		ok    bool
	}{
		{"a gift booked by alice", 10, extra{Gift: &zero, Keys: []introduction{alice, registrar}}, true},
		{"a gift booked by carol", 200, extra{Gift: &zero, Keys: []introduction{carol, alice, registrar}}, true},
		{"its donor opened", 200, extra{Gift: &zero, Keys: []introduction{carol, alice, registrar}, Openings: open("gifts/0/donor", "donor 200")}, true},
		{"another donor", 200, extra{Gift: &zero, Keys: []introduction{carol, alice, registrar}, Openings: open("gifts/0/donor", "donor 201")}, false},
		{"no such gift", 200, extra{Gift: &one, Keys: []introduction{carol, alice, registrar}}, false},
		{"the operator's beginning", 0, extra{Keys: []introduction{registrar, sequencer}}, true},
		{"the operator's beginning, its keys not introduced", 0, extra{Keys: []introduction{}}, false},
		{"the charity's beginning", 2, extra{Keys: []introduction{registrar, alice, bob}}, true},
		{"the charity's beginning, its keys not introduced", 2, extra{Keys: []introduction{registrar}}, false},
		{"the charity's beginning without the registrar", 2, extra{Keys: []introduction{alice, bob}}, false},
		{"carol without alice, who let her in", 200, extra{Keys: []introduction{carol, registrar}}, false},
		{"alice without the registrar", 10, extra{Keys: []introduction{alice}}, false},
		{"alice twice", 10, extra{Keys: []introduction{alice, alice, registrar}}, false},
		{"carol by an event that lists alice", 200, extra{Keys: []introduction{m.introduce(t, m.cast.carol, 2), alice, registrar}}, false},
	} {
		_, err := verifyReceipt(m.receipt(t, c.index, &c.x), m.policy)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

func TestFlippedReceipt(t *testing.T) {
	m := newReceiptMaker(t, 40)
	zero := int64(0)
	data := m.receipt(t, 10, &extra{Gift: &zero, Keys: []introduction{
		m.introduce(t, m.cast.alice, 2), m.introduce(t, m.cast.registrar, 0),
	}})
	if _, err := verifyReceipt(data, m.policy); err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] ^= 1 << (i % 7)
		if _, err := verifyReceipt(data, m.policy); err == nil {
			t.Errorf("byte %d of %d is not noticed", i, len(data))
		}
		data[i] ^= 1 << (i % 7)
	}
}
