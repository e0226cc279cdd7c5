//! What a bad day does to a shard's batches, by a seed.

use std::time::Duration;

use fastrand::Rng;

use super::Chaos;

/// The chaos of one shard.
#[derive(Debug)]
pub(crate) struct Disturbance {
    chaos: Chaos,
    random: Rng,
}

impl Disturbance {
    pub(crate) fn new(chaos: &Chaos, shard: usize) -> Disturbance {
        let shard = u64::try_from(shard).unwrap_or_default();
        Disturbance { chaos: chaos.clone(), random: Rng::with_seed(chaos.seed.wrapping_add(shard)) }
    }

    /// Takes the records out of the batch that shall be lost.
    pub(crate) fn drop_some<T>(&mut self, batch: &mut Vec<T>) -> Vec<T> {
        let rate = self.chaos.drop_per_mille;
        batch.extract_if(.., |_| self.random.u32(..1000) < rate).collect()
    }

    /// Lets records change places with their neighbours; says how many did.
    pub(crate) fn reorder_some<T>(&mut self, batch: &mut [T]) -> usize {
        let mut moved = 0;
        for next in 1..batch.len() {
            if self.hits(self.chaos.reorder_per_mille) {
                batch.swap(next - 1, next);
                moved += 1;
            }
        }
        moved
    }

    /// Whether the batch comes again.
    pub(crate) fn duplicates(&mut self) -> bool {
        self.hits(self.chaos.duplicate_per_mille)
    }

    /// How long the batch waits.
    pub(crate) fn delay(&mut self) -> Duration {
        let most = u64::try_from(self.chaos.delay.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.random.u64(..=most))
    }

    fn hits(&mut self, per_mille: u32) -> bool {
        self.random.u32(..1000) < per_mille
    }
}
