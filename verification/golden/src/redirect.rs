//! S5: every block has two places, and writes go to the one that does not hold the checkpoint.

use crate::access::{Beat, Burst, WriteOutcome};
use crate::golden::Golden;
use mch_spec::strategy::{action, REDIRECT};
use mch_spec::Strategy;

impl Golden {
    /// Whether a burst has all strobes set, in beats of full width: its pieces may cover whole blocks.
    pub(crate) fn is_full(&self, burst: &Burst, beats: &[Beat]) -> bool {
        let all = u64::MAX >> (64 - self.config.data_bytes());
        burst.size == self.config.full_size() && beats.iter().all(|beat| beat.strobes & all == all)
    }

    /// Whether the current contents of a block of a guest lie in the shadow.
    fn is_away(&self, guest: usize, block: u32) -> bool {
        let state = &self.guests[guest];
        let (place, differs) = self.store.block(state.owner(), block);
        state.strategy == Strategy::S5 && place != differs
    }

    /// Where a byte of a guest's memory lies.
    pub(crate) fn place_of(&self, guest: usize, address: u64) -> u64 {
        let offset = address & (u64::from(self.config.block_bytes()) - 1);
        let block = self.block_of(address);
        if self.is_away(guest, block) {
            self.shadow_address(block) + offset
        } else {
            address
        }
    }

    /// Byte addresses of both places of a block; the first for `away` = false.
    fn places(&self, block: u32) -> [u64; 2] {
        [self.block_address(block), self.shadow_address(block)]
    }

    /// The checkpoint's copy of a block of an S5 guest.
    pub(crate) fn checkpoint_place(&self, guest: usize, block: u32) -> u64 {
        let place = self.store.block(self.guests[guest].owner(), block).0;
        self.places(block)[usize::from(place)]
    }

    /// A piece of a write of an S5 guest; `whole`: it covers its block with all strobes.
    pub(crate) fn write_redirected(
        &mut self,
        guest: usize,
        addresses: &[u64],
        beats: &[Beat],
        size: u64,
        full: bool,
    ) -> WriteOutcome {
        let block = self.block_of(addresses[0]);
        let bytes = u64::from(self.config.block_bytes());
        let covers = addresses[0] & (bytes - 1) == 0 && addresses.len() as u64 * size == bytes;
        let (place, differs) = self.store.block(self.guests[guest].owner(), block);
        let redirects = action(self.guests[guest].row(), differs, place) & REDIRECT != 0;
        let to = if redirects { !place } else { place != differs };
        let target = self.places(block)[usize::from(to)];
        let there: Vec<u64> = addresses
            .iter()
            .map(|address| target + (address & (bytes - 1)))
            .collect();
        if differs || !redirects {
            return self.store_beats(&there, beats, size);
        }
        if full && covers {
            let outcome = self.store_beats(&there, beats, size);
            if outcome == WriteOutcome::Okay {
                self.differ(guest, block);
            }
            return outcome;
        }
        if !self.merge(guest, block, self.places(block)[usize::from(place)], target) {
            return WriteOutcome::SlvErr;
        }
        self.differ(guest, block);
        self.store_beats(&there, beats, size)
    }

    /// The block's current image is no longer its checkpoint.
    fn differ(&mut self, guest: usize, block: u32) {
        let owner = self.guests[guest].owner();
        self.store
            .update(owner, block / 32, |_, y| *y |= 1 << (block % 32));
        self.guests[guest].dirty += 1;
    }
}
