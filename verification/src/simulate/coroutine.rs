//! Software that runs beside the hardware: async functions that are polled once a cycle.

use std::future::{poll_fn, Future};
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};

/// Lets the hardware run one cycle.
pub async fn next_cycle() {
    let mut waited = false;
    poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// Lets the hardware run until the condition holds.
pub async fn wait_until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        next_cycle().await;
    }
}

/// Runs `life` to its end, or until the condition, looked at first in every cycle, holds: then `life` is gone and the
/// result is none.
pub async fn unless<T>(
    mut condition: impl FnMut() -> bool,
    life: impl Future<Output = T>,
) -> Option<T> {
    let mut life = pin!(life);
    poll_fn(|context| match condition() {
        true => Poll::Ready(None),
        false => life.as_mut().poll(context).map(Some),
    })
    .await
}

/// Software not yet at its end.
pub type Software<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs software as far as it comes in this cycle.
pub fn poll<T>(software: &mut Software<T>) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    match software.as_mut().poll(&mut context) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}
