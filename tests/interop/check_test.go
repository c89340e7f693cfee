package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestCheckAcceptsWhatWriteWrites(t *testing.T) {
	for _, n := range []int{10, 11, 64, 255, 256, 257, 512, 600} {
		dir, p := writeLog(t, n)
		if c := mustCheck(t, dir, p); c.Entries != int64(n) {
			t.Errorf("%d entries, wanted %d", c.Entries, n)
		}
	}
}

func TestCheckAcceptsRawLogs(t *testing.T) {
	// 0 has no tiles, 65,536 has a level 2 of one hash, 66,000 all kinds.
	for _, n := range []int{0, 1, 255, 256, 65536, 66000} {
		dir, p := writeRaw(t, n)
		mustCheck(t, dir, p)
	}
}

// Every kind of file, flipped one bit at a time: check must fail, always.
func TestFlippedByteIsFound(t *testing.T) {
	dir, p := writeLog(t, 600)
	files := []struct {
		name string
		step int // 1 takes every byte
	}{
		{"checkpoint", 1},
		{"tile/0/000", 401},
		{"tile/0/001", 401},
		{"tile/0/002.p/88", 101},
		{"tile/1/000.p/2", 1},
		{"tile/entries/000", 5003},
		{"tile/entries/001", 5003},
		{"tile/entries/002.p/88", 1009},
	}
	for _, f := range files {
		info, err := os.Stat(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		last := int(info.Size()) - 1
		positions := []int{last}
		for i := 0; i < last; i += f.step {
			positions = append(positions, i)
		}
		for _, i := range positions {
			mask := byte(1) << (i % 8)
			edit(t, dir, f.name, flip(i, mask), func() {
				if _, err := checkCommand(dir, p); err == nil {
					t.Errorf("%s: byte %d ^ %02x is not noticed", f.name, i, mask)
				}
			})
		}
	}
	mustCheck(t, dir, p)
}

func TestFlippedByteInUpperTiles(t *testing.T) {
	dir, p := writeRaw(t, 66000)
	for _, name := range []string{"tile/0/255", "tile/0/257.p/208", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"} {
		edit(t, dir, name, flip(17, 0x20), func() { mustFail(t, dir, p, name) })
	}
}

func TestFailureNamesTheEntry(t *testing.T) {
	dir, p := writeLog(t, 600)
	const name = "tile/entries/001"
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := splitBundle(data, tileWidth)
	if err != nil {
		t.Fatal(err)
	}
	offset := 0
	for _, e := range entries[:44] {
		offset += 2 + len(e)
	}
	edit(t, dir, name, flip(offset+2, 1), func() {
		if f := mustFail(t, dir, p, name); f.index != 300 {
			t.Errorf("named entry %d, wanted 300", f.index)
		}
	})
}

func TestLengthsAreExact(t *testing.T) {
	dir, p := writeLog(t, 600)
	longer := func(data []byte) []byte { return append(data, 0) }
	shorter := func(data []byte) []byte { return data[:len(data)-1] }
	for _, name := range []string{
		"tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000", "tile/entries/002.p/88",
	} {
		edit(t, dir, name, longer, func() { mustFail(t, dir, p, name) })
		edit(t, dir, name, shorter, func() { mustFail(t, dir, p, name) })
		hidden := filepath.Join(t.TempDir(), "away")
		if err := os.Rename(filepath.Join(dir, name), hidden); err != nil {
			t.Fatal(err)
		}
		mustFail(t, dir, p, name)
		if err := os.Rename(hidden, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// An older checkpoint over a log that has grown: its partials may be gone, the
// full files stand in for them.
func TestFallsBackToFullFiles(t *testing.T) {
	dir, p := writeLog(t, 600)
	l, err := tell(testOrigin, 600, "test")
	if err != nil {
		t.Fatal(err)
	}
	key, err := newAuthor("test", testOrigin, "")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := l.tree.at(300)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := signCheckpoint(testOrigin, tree, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFile(dir, "checkpoint", msg); err != nil {
		t.Fatal(err)
	}
	mustFail(t, dir, p, "tile/1/000.p/1") // there is no full one yet
	upper, err := tlog.ReadTileData(tlog.Tile{H: tileHeight, L: 1, N: 0, W: 1}, l.tree)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFile(dir, "tile/1/000.p/1", upper); err != nil {
		t.Fatal(err)
	}
	if c := mustCheck(t, dir, p); c.Size != 300 {
		t.Errorf("size %d", c.Size)
	}
	// The full bundle's tail is not covered by this checkpoint, its length is.
	edit(t, dir, "tile/entries/001", func(b []byte) []byte { return append(b, 0) }, func() {
		mustFail(t, dir, p, "tile/entries/001")
	})
}

func TestAnotherKeyIsRefused(t *testing.T) {
	dir, _ := writeLog(t, 10)
	other, err := newAuthor("another seed", testOrigin, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePolicy("log " + other.vkey + "\nquorum none\n")
	if err != nil {
		t.Fatal(err)
	}
	mustFail(t, dir, p, "checkpoint")
}

func TestPaths(t *testing.T) {
	got := []string{
		tilePath(tlog.Tile{H: 8, L: 0, N: 1234067, W: 256}),
		tilePath(tlog.Tile{H: 8, L: 2, N: 5, W: 7}),
		bundlePath(1000, 256),
		bundlePath(0, 255),
	}
	want := []string{"tile/0/x001/x234/067", "tile/2/005.p/7", "tile/entries/x001/000", "tile/entries/000.p/255"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, wanted %q", got, want)
	}
}
