//! How much is measured: enough for figures that stay, or just enough to see that it runs.

use crate::measure::Plan;

/// The size of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Full,
    /// Under 20 seconds.
    Quick,
}

impl Size {
    pub(crate) fn append(self, clients: usize) -> Plan {
        self.shared(clients, 64, 256)
    }

    pub(crate) fn get(self, clients: usize) -> Plan {
        self.shared(clients, 256, 1_024)
    }

    pub(crate) fn list(self, clients: usize) -> Plan {
        self.shared(clients, 64, 256)
    }

    /// Batches of 100: 10,000 records in a full run.
    pub(crate) fn project(self) -> Plan {
        let (rounds, slices, operations) = match self {
            Self::Full => (4, 4, 5),
            Self::Quick => (1, 1, 2),
        };
        Plan { rounds, slices, clients: 1, operations, weight: 100 }
    }

    pub(crate) fn load(self, commits: u64) -> Plan {
        let operations = match commits {
            ..100 => 50,
            100..5_000 => 5,
            5_000.. => 1,
        };
        let (rounds, slices) = match self {
            Self::Full if commits > 50_000 => (5, 1),
            Self::Full => (5, 3),
            Self::Quick => (1, 1),
        };
        Plan { rounds, slices, clients: 1, operations, weight: 1 }
    }

    /// Pages of a history and records as they were: few commits, however many there are.
    pub(crate) fn past(self) -> Plan {
        self.shared(1, 40, 40)
    }

    pub(crate) fn lengths(self) -> &'static [u64] {
        match self {
            Self::Full => &[10, 1_000, 100_000],
            Self::Quick => &[10, 1_000],
        }
    }

    /// Rebuilds: of how many records, over how many segments, how often.
    pub(crate) fn rebuilds(self) -> &'static [(usize, &'static [u32], usize)] {
        match self {
            Self::Full => &[(10_000, &[1, 2, 4, 8], 3), (100_000, &[4], 1)],
            Self::Quick => &[(500, &[4], 1)],
        }
    }

    /// Operations come in pairs, and each client gets as many.
    fn shared(self, clients: usize, by_one: usize, by_many: usize) -> Plan {
        let (rounds, slices, share) = match self {
            Self::Full => (5, 3, 1),
            Self::Quick => (1, 1, 4),
        };
        let operations = if clients == 1 { by_one / share } else { by_many / share };
        Plan { rounds, slices, clients, operations, weight: 1 }
    }
}
