//! A block memory with check bits beside its words, which corrects what has flipped.
//!
//! **Does**: as a `BlockRam` with an output register, whose place the decoder takes: data two cycles after the address, corrected; with it, whether a bit
//! was wrong and whether more were than can be put right (then the data are as read). **Order**: as of the memory: what is read while it is written, and
//! what was never written, is undefined, and so are its flags. **Errors**: see above. **Reset**: none.

use super::error_decoder::ErrorDecoder;
use super::error_encoder::{check_bits, ErrorEncoder};
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct ProtectedRam<const N: usize, const A: usize> {
    /// Clock of both ports; its reset is not used.
    pub clock: Signal<In, ClkRst>,
    /// Writes `write_data` at the next rising edge.
    pub write_enable: Signal<In, Bit>,
    /// Word to write.
    pub write_address: Signal<In, Bits<A>>,
    /// Data to write.
    pub write_data: Signal<In, Bits<N>>,
    /// Reads the word at `read_address`.
    pub read_enable: Signal<In, Bit>,
    /// Word to read.
    pub read_address: Signal<In, Bits<A>>,
    /// Two cycles later: the word.
    pub read_data: Signal<Out, Bits<N>>,
    /// One bit of it was wrong.
    pub was_wrong: Signal<Out, Bit>,
    /// More than one is.
    pub failed: Signal<Out, Bit>,
    words: BlockRam<Bits<N>, A>,
    checks: BlockRam<Bits<8>, A>,
    encoder: ErrorEncoder<N>,
    decoder: ErrorDecoder<N>,
    word: Register<Bits<N>>,
    wrong: Register<Bit>,
    bad: Register<Bit>,
}

impl<const N: usize, const A: usize> ProtectedRam<N, A> {
    /// A memory of `depth` words of `width` bits.
    pub fn narrow(depth: usize, width: usize) -> Self {
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_enable: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            was_wrong: Signal::default(),
            failed: Signal::default(),
            words: BlockRam::narrow(depth, width),
            checks: BlockRam::narrow(depth, check_bits(width)),
            encoder: ErrorEncoder::new(width),
            decoder: ErrorDecoder::new(width),
            word: Register::narrow_without_reset(width),
            wrong: Register::without_reset(),
            bad: Register::without_reset(),
        }
    }
}

impl<const N: usize, const A: usize> Logic for ProtectedRam<N, A> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: protected_ram");
        comment!("A block memory with check bits beside its words. Data two cycles after the address, with one flipped bit");
        comment!("put right (was_wrong); failed tells that more have flipped. No reset.");
        dff_setup!(self, clock, word, wrong, bad);
        clock!(self, clock, words, checks);
        self.encoder.data.next = self.write_data.val();
        self.words.write_enable.next = self.write_enable.val();
        self.words.write_address.next = self.write_address.val();
        self.words.write_data.next = self.write_data.val();
        self.checks.write_enable.next = self.write_enable.val();
        self.checks.write_address.next = self.write_address.val();
        self.checks.write_data.next = self.encoder.check.val();
        self.words.read_enable.next = self.read_enable.val();
        self.words.read_address.next = self.read_address.val();
        self.checks.read_enable.next = self.read_enable.val();
        self.checks.read_address.next = self.read_address.val();
        self.decoder.data.next = self.words.read_data.val();
        self.decoder.check.next = self.checks.read_data.val();
        self.word.d.next = self.decoder.corrected.val();
        self.wrong.d.next = self.decoder.was_wrong.val();
        self.bad.d.next = self.decoder.failed.val();
        self.read_data.next = self.word.q.val();
        self.was_wrong.next = self.wrong.q.val();
        self.failed.next = self.bad.q.val();
    }
}
