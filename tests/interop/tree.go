package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// memoryTree keeps all complete subtrees' hashes, in tlog's storage order.
type memoryTree struct {
	hashes []tlog.Hash
	size   int64
}

func treeOf(leaves []tlog.Hash) (*memoryTree, error) {
	t := &memoryTree{}
	for _, leaf := range leaves {
		if err := t.add(leaf); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *memoryTree) add(leaf tlog.Hash) error {
	more, err := tlog.StoredHashesForRecordHash(t.size, leaf, t)
	if err != nil {
		return err
	}
	t.hashes = append(t.hashes, more...)
	t.size++
	return nil
}

// ReadHashes makes it a tlog.HashReader.
func (t *memoryTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("hash %d is not stored", x)
		}
		out[i] = t.hashes[x]
	}
	return out, nil
}

// at is the tree head when the tree had size entries.
func (t *memoryTree) at(size int64) (tlog.Tree, error) {
	root, err := tlog.TreeHash(size, t)
	return tlog.Tree{N: size, Hash: root}, err
}
