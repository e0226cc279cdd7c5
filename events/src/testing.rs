//! Given events, when a command, then events: the language of a record type's tests.
//!
//! Compiled always, because the tests of other crates speak it too; it does nothing by itself.

use crate::RecordType;

/// Some history, on which a command is tried.
pub fn given<T: RecordType>(history: impl IntoIterator<Item = T::Event>) -> Given<T> {
    let evolve = |state, event: T::Event| T::evolve(state, &event);
    Given { state: history.into_iter().fold(T::State::default(), evolve) }
}

/// The state that a history led to.
#[derive(Debug)]
pub struct Given<T: RecordType> {
    state: T::State,
}

impl<T: RecordType> Given<T> {
    /// Gives the command.
    pub fn when(self, command: T::Command) -> When<T> {
        let outcome = T::decide(&self.state, command);
        When { outcome }
    }

    /// The state itself.
    pub fn state(self) -> T::State {
        self.state
    }
}

/// What a command led to.
#[derive(Debug)]
pub struct When<T: RecordType> {
    outcome: Result<Vec<T::Event>, T::Rejection>,
}

impl<T: RecordType> When<T>
where
    T::Event: PartialEq,
    T::Rejection: PartialEq,
{
    /// Exactly these events happened.
    pub fn then(self, events: impl IntoIterator<Item = T::Event>) {
        assert_eq!(self.outcome, Ok(events.into_iter().collect()));
    }

    /// Nothing happened, and nothing forbade it.
    pub fn then_nothing(self) {
        assert_eq!(self.outcome, Ok(Vec::new()));
    }

    /// This rule said no.
    pub fn then_rejected(self, rejection: T::Rejection) {
        assert_eq!(self.outcome, Err(rejection));
    }
}
