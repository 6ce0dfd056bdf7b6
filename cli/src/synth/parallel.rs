//! Work on many things, as many at a time as there are processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// Does the work on each item; the results stand in the items' order.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let at_a_time = std::thread::available_parallelism().map_or(1, |count| count.get());
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..at_a_time.min(items.len()) {
            scope.spawn(|| loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else { break };
                let result = work(item);
                let mut results = results.lock().unwrap_or_else(|error| error.into_inner());
                results.push((index, result));
            });
        }
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(|error| error.into_inner());
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_whoever_ends_first() {
        let items: Vec<u64> = (0..9).collect();
        let slow_first = |item: &u64| {
            std::thread::sleep(std::time::Duration::from_millis(9 - item));
            item * item
        };
        assert_eq!(each(&items, slow_first), [0, 1, 4, 9, 16, 25, 36, 49, 64]);
        assert!(each(&[] as &[u64], slow_first).is_empty());
    }
}
