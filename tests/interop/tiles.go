package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8               // c2sp.org/tlog-tiles fixes it, so paths leave it out
	tileWidth  = 1 << tileHeight // hashes in a full tile, entries in a full bundle
)

// tilePath is tlog.Tile.Path in C2SP spelling.
func tilePath(t tlog.Tile) string {
	return fmt.Sprintf("tile/%d/%s", t.L, numberPath(t.N, t.W))
}

func bundlePath(n int64, width int) string {
	return "tile/entries/" + numberPath(n, width)
}

// numberPath writes 1234067 as x001/x234/067, with .p/<W> behind if partial.
func numberPath(n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width != tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

// readPartialOrFull reads path, and the full file if the partial one is gone.
// It returns the path that it read and the width that this file must have.
func readPartialOrFull(dir string, width int, path func(width int) string) (string, int, []byte, error) {
	name := path(width)
	data, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) && width != tileWidth {
		full := path(tileWidth)
		data, fullErr := os.ReadFile(filepath.Join(dir, full))
		if fullErr == nil {
			return full, tileWidth, data, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("missing")
	}
	return name, width, data, err
}

// dirTiles is a tlog.TileReader over a directory.
type dirTiles string

func (d dirTiles) Height() int                     { return tileHeight }
func (d dirTiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (d dirTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		_, data, err := d.read(t)
		if err != nil {
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

// read gives exactly t.W hashes and the path that they came from.
func (d dirTiles) read(t tlog.Tile) (string, []byte, error) {
	name, width, data, err := readPartialOrFull(string(d), t.W, func(w int) string {
		return tilePath(tlog.Tile{H: t.H, L: t.L, N: t.N, W: w})
	})
	if err != nil {
		return name, nil, fail(name, "%w", err)
	}
	if len(data) != width*tlog.HashSize {
		return name, nil, fail(name, "%d bytes where %d hashes have %d", len(data), width, width*tlog.HashSize)
	}
	return name, data[:t.W*tlog.HashSize], nil
}

// leafHashes reads all entry bundles of a tree of size entries.
func (d dirTiles) leafHashes(size int64) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for n := int64(0); n*tileWidth < size; n++ {
		want := int(min(size-n*tileWidth, tileWidth))
		name, width, data, err := readPartialOrFull(string(d), want, func(w int) string {
			return bundlePath(n, w)
		})
		if err != nil {
			return nil, &failure{name, n * tileWidth, err}
		}
		entries, err := splitBundle(data, width)
		if err != nil {
			return nil, &failure{name, n*tileWidth + int64(len(entries)), err}
		}
		for _, e := range entries[:want] {
			leaves = append(leaves, tlog.RecordHash(e))
		}
	}
	return leaves, nil
}

// splitBundle takes exactly width entries, each behind its u16 length. With an
// error it returns the entries before the bad one.
func splitBundle(data []byte, width int) ([][]byte, error) {
	entries := make([][]byte, 0, width)
	for range width {
		if len(data) < 2 {
			return entries, errors.New("cut before an entry")
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			return entries, errors.New("cut inside an entry")
		}
		entries = append(entries, data[2:2+n])
		data = data[2+n:]
	}
	if len(data) != 0 {
		return entries, fmt.Errorf("%d bytes behind the last entry", len(data))
	}
	return entries, nil
}

// joinBundle is the opposite of splitBundle.
func joinBundle(entries [][]byte) ([]byte, error) {
	var out []byte
	for _, e := range entries {
		if len(e) > 0xffff {
			return nil, fmt.Errorf("an entry of %d bytes", len(e))
		}
		out = binary.BigEndian.AppendUint16(out, uint16(len(e)))
		out = append(out, e...)
	}
	return out, nil
}
