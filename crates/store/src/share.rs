//! An `Arc` of an adapter is an adapter: tests keep one handle and hand over another.

use std::sync::Arc;

use crate::{Anchor, Append, Limits, Log, Pinned, Sealed, StoreError, Swap};

impl<T: Log + ?Sized> Log for Arc<T> {
    fn size(&self) -> Result<u64, StoreError> {
        (**self).size()
    }
    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append {
        (**self).append(expected_size, batch)
    }
    fn limits(&self) -> Limits {
        (**self).limits()
    }
    fn refresh(&self) -> Result<(), StoreError> {
        (**self).refresh()
    }
    fn stop_waiting(&self) {
        (**self).stop_waiting();
    }
    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        (**self).read(from, to, each)
    }
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).entry(index)
    }
    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        (**self).leaves(from, to)
    }
    fn copy(&self) -> Option<&std::path::Path> {
        (**self).copy()
    }
    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError> {
        (**self).head(chain)
    }
    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError> {
        (**self).lookup(chain, seq)
    }
    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError> {
        (**self).positions(from, each)
    }
    fn is_in_place(&self) -> Result<(), StoreError> {
        (**self).is_in_place()
    }
    fn forget(&self) -> Result<(), StoreError> {
        (**self).forget()
    }
    fn end_in_order(&self) -> Result<(), StoreError> {
        (**self).end_in_order()
    }
    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError> {
        (**self).put_checkpoint(checkpoint)
    }
    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError> {
        (**self).latest_checkpoint()
    }
    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError> {
        (**self).checkpoints(from, each)
    }
    fn foreign(&self) -> u64 {
        (**self).foreign()
    }
}

impl<T: Anchor + ?Sized> Anchor for Arc<T> {
    fn read(&self) -> Result<Option<Pinned>, StoreError> {
        (**self).read()
    }
    fn swap(&self, expected: Option<&Pinned>, next: &Pinned) -> Swap {
        (**self).swap(expected, next)
    }
    fn stop_waiting(&self) {
        (**self).stop_waiting();
    }
    fn take_over(&self) -> Result<(), StoreError> {
        (**self).take_over()
    }

    fn is_taken(&self) -> Result<bool, StoreError> {
        (**self).is_taken()
    }

    fn foreign(&self) -> u64 {
        (**self).foreign()
    }
    fn is_in_place(&self) -> Result<(), StoreError> {
        (**self).is_in_place()
    }
    fn own(&self) -> Result<Option<Pinned>, StoreError> {
        (**self).own()
    }
}
