package main

import "fmt"

const (
	openingEvents = 7                 // before the first gift
	minEvents     = openingEvents + 3 // a gift, the new key, a gift
)

// Data of the kinds that the story uses (2-FORMATS §11, 3-GIVING §2).
type (
	chainOpened struct {
		Name        map[string]string `json:"name"`
		Keys        []keyJSON         `json:"keys"`
		AdminQuorum int               `json:"admin_quorum"`
		Approvals   []string          `json:"approvals"` // none here
		Recovery    recovery          `json:"recovery"`
	}
	recovery struct {
		Keys   []string `json:"keys"`
		Quorum int      `json:"quorum"`
	}
	chainAdmitted struct {
		Chain string `json:"chain"`
		Role  string `json:"role"`
		Event string `json:"event"`
		Hash  string `json:"hash"`
	}
	described struct {
		Identifiers []string          `json:"identifiers"`
		Names       map[string]string `json:"names"`
	}
	accountOpened struct {
		Account  string `json:"account"`
		Kind     string `json:"kind"`
		Currency string `json:"currency"`
	}
	fundOpened struct {
		Fund    string `json:"fund"`
		Class   string `json:"class"`
		Purpose string `json:"purpose"`
	}
	donation struct {
		Account       string `json:"account"`
		Currency      string `json:"currency"`
		Fund          string `json:"fund"`
		EffectiveDate string `json:"effective_date"`
		Gifts         []gift `json:"gifts"`
	}
	gift struct {
		Gross string `json:"gross"`
		Fee   string `json:"fee"`
		Donor string `json:"donor"`
	}
)

// cast are the keys of the story.
type cast struct {
	registrar, sequencer, alice, bob, carol *author
}

func newCast(seed string) (*cast, error) {
	c := &cast{}
	for _, part := range []struct {
		to           **author
		name, holder string
		roles        []string
	}{
		{&c.registrar, "operator/registrar", "registrar", []string{"admin", "registrar"}},
		{&c.sequencer, "operator/sequencer", "server", []string{"sequencer"}},
		{&c.alice, "well/alice", "alice", []string{"admin", "book", "report", "request"}},
		{&c.bob, "well/bob", "bob", []string{"admin", "approve"}},
		{&c.carol, "well/carol", "carol", []string{"book"}},
	} {
		var err error
		if *part.to, err = newAuthor(seed, part.name, part.holder, part.roles...); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// tell writes exactly n events: the log opens, a charity is admitted, and
// gifts come in, from midway on booked by a key that was added.
func tell(origin string, n int, seed string) (*ledger, error) {
	if n < minEvents {
		return nil, fmt.Errorf("%d events; the story needs %d", n, minEvents)
	}
	l, err := newLedger(origin)
	if err != nil {
		return nil, err
	}
	c, err := newCast(seed)
	if err != nil {
		return nil, err
	}
	if err := c.open(l); err != nil {
		return nil, err
	}
	booker, midway := c.alice, max(openingEvents+1, n/2)
	for i := len(l.entries); i < n; i++ {
		if i == midway {
			_, err = l.append("well", "key.added/1", map[string]any{"key": c.carol.json()}, c.alice, c.carol)
			booker = c.carol
		} else {
			_, err = l.append("well", "donation.received/1", oneGift(seed, i), booker)
		}
		if err != nil {
			return nil, err
		}
	}
	return l, nil
}

// open is everything before the first gift.
func (c *cast) open(l *ledger) error {
	_, err := l.append("operator", "chain.opened/1", opened("Operator", c.registrar, c.sequencer), c.registrar, c.sequencer)
	if err != nil {
		return err
	}
	if _, err = l.append("operator", "log.opened/1", map[string]int{"rules": 1}, c.registrar); err != nil {
		return err
	}
	hash, err := l.append("well", "chain.opened/1", opened("The Well", c.alice, c.bob), c.alice, c.bob, c.registrar)
	if err != nil {
		return err
	}
	admitted := chainAdmitted{"well", "charity", "well#0", encode64(hash[:])}
	if _, err = l.append("operator", "chain.admitted/1", admitted, c.registrar); err != nil {
		return err
	}
	for _, step := range []struct {
		kind string
		data any
	}{
		{"organisation.described/1", described{[]string{"GB-CHC-313139"}, map[string]string{"en": "The Well"}}},
		{"account.opened/1", accountOpened{"account/bank", "bank", "GBP"}},
		{"fund.opened/1", fundOpened{"fund/water", "restricted", "Water for villages"}},
	} {
		if _, err = l.append("well", step.kind, step.data, c.alice); err != nil {
			return err
		}
	}
	return nil
}

func opened(name string, keys ...*author) chainOpened {
	data := chainOpened{
		Name:        map[string]string{"en": name},
		AdminQuorum: 1,
		Approvals:   []string{},
		Recovery:    recovery{Keys: []string{}, Quorum: 1},
	}
	for _, k := range keys {
		data.Keys = append(data.Keys, k.json())
	}
	return data
}

// oneGift is of ten pounds; the donor's name is committed to and not written.
func oneGift(seed string, i int) donation {
	salt := derive(seed, fmt.Sprintf("salt %d", i))
	donor := commit(salt, "gifts/0/donor", fmt.Sprintf("donor %d", i))
	return donation{"account/bank", "GBP", "fund/water", "2026-11-20", []gift{{"10.00", "0.10", donor}}}
}
