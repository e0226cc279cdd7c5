//! The engine through the real SDK clients.

#[cfg(test)]
mod bus;
#[cfg(test)]
mod dynamodb;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod mapping;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod support;
