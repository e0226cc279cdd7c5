//! Timing: ours and the floor in turns, in one run, in several rounds; medians and spreads of them.
//!
//! Whole numbers throughout: nanoseconds in, microseconds and hundredths out.

use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How much is measured. A round takes `slices` turns of ours and as many of the floor, each of
/// `operations` operations shared by `clients`; one round more comes first and does not count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) slices: usize,
    pub(crate) clients: usize,
    pub(crate) operations: usize,
    /// What one operation counts for: 100 for a batch of 100 records.
    pub(crate) weight: usize,
}

impl Plan {
    /// How many operations each side carries out, the first round included.
    pub(crate) fn total(self) -> usize {
        (self.rounds + 1) * self.slices * self.operations
    }
}

/// One side of a round.
#[derive(Debug, Default)]
pub(crate) struct Side {
    counted: usize,
    took: Duration,
    latencies: Vec<Duration>,
}

/// The rounds of both sides.
#[derive(Debug)]
pub(crate) struct Comparison {
    rounds: Vec<(Side, Side)>,
}

/// A figure over all rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: u128,
    pub(crate) least: u128,
    pub(crate) most: u128,
}

/// Runs both sides in turns. Operations are numbered from 0 on each side; one client gets a
/// stretch of numbers in their order. `settled` waits until nothing goes on any more.
pub(crate) async fn compared<A, AF, B, BF>(
    plan: Plan,
    ours: A,
    floor: B,
    settled: impl AsyncFn(),
) -> anyhow::Result<Comparison>
where
    A: Fn(usize) -> AF + Clone + Send + 'static,
    AF: Future<Output = anyhow::Result<()>> + Send + 'static,
    B: Fn(usize) -> BF + Clone + Send + 'static,
    BF: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let mut rounds = Vec::new();
    for round in 0..=plan.rounds {
        let mut sides = (Side::default(), Side::default());
        for slice in 0..plan.slices {
            let first = (round * plan.slices + slice) * plan.operations;
            let range = first..first + plan.operations;
            // Who comes first changes, so that neither always meets what the other left behind.
            let ours_first = (round + slice) % 2 == 0;
            if !ours_first {
                sides.1.run(plan, range.clone(), &floor).await?;
            }
            sides.0.run(plan, range.clone(), &ours).await?;
            settled().await;
            if ours_first {
                sides.1.run(plan, range, &floor).await?;
            }
        }
        if round > 0 {
            rounds.push(sides);
        }
    }
    Ok(Comparison { rounds })
}

impl Side {
    async fn run<F, Fut>(
        &mut self,
        plan: Plan,
        operations: Range<usize>,
        work: &F,
    ) -> anyhow::Result<()>
    where
        F: Fn(usize) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let share = operations.len().div_ceil(plan.clients);
        let mut tasks = JoinSet::new();
        let began = Instant::now();
        for first in operations.clone().step_by(share) {
            let last = operations.end.min(first + share);
            tasks.spawn(timed(first..last, work.clone()));
        }
        while let Some(latencies) = tasks.join_next().await {
            self.latencies.extend(latencies??);
        }
        self.took += began.elapsed();
        self.counted += operations.len() * plan.weight;
        Ok(())
    }

    fn per_second(&self) -> u128 {
        count(self.counted) * 1_000_000_000 / self.took.as_nanos().max(1)
    }

    /// The latency below which so many of a hundred operations lie, in microseconds.
    fn percentile_us(&self, percent: usize) -> u128 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).map_or(0, Duration::as_micros)
    }
}

async fn timed<F, Fut>(operations: Range<usize>, work: F) -> anyhow::Result<Vec<Duration>>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let mut latencies = Vec::with_capacity(operations.len());
    for operation in operations {
        let began = Instant::now();
        work(operation).await?;
        latencies.push(began.elapsed());
    }
    Ok(latencies)
}

/// Which side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    Floor,
}

impl Comparison {
    pub(crate) fn per_second(&self, whose: Whose) -> Spread {
        self.spread(whose, Side::per_second)
    }

    pub(crate) fn percentile_us(&self, whose: Whose, percent: usize) -> Spread {
        self.spread(whose, |side| side.percentile_us(percent))
    }

    /// The time that ours takes for what the floor takes 1.00 for, in hundredths.
    pub(crate) fn ratio_hundredths(&self) -> Spread {
        let ratio = |(ours, floor): &(Side, Side)| {
            let ours_ns = ours.took.as_nanos() * count(floor.counted);
            let floor_ns = floor.took.as_nanos() * count(ours.counted);
            ours_ns * 100 / floor_ns.max(1)
        };
        Spread::of(self.rounds.iter().map(ratio).collect())
    }

    fn spread(&self, whose: Whose, figure: impl Fn(&Side) -> u128) -> Spread {
        let side = |(ours, floor): &(Side, Side)| match whose {
            Whose::Ours => figure(ours),
            Whose::Floor => figure(floor),
        };
        Spread::of(self.rounds.iter().map(side).collect())
    }
}

impl Spread {
    /// Of the figures of all rounds.
    pub(crate) fn of(mut figures: Vec<u128>) -> Self {
        figures.sort_unstable();
        let at = |place: usize| figures.get(place).copied().unwrap_or(0);
        let last = figures.len().saturating_sub(1);
        Self { median: at(last / 2), least: at(0), most: at(last) }
    }
}

fn count(number: usize) -> u128 {
    u128::try_from(number).unwrap_or(u128::MAX)
}
