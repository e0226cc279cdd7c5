//! The log's laws: what a command appends, what it costs, and that nothing is lost or invented.

mod cost;
mod damage;
mod format;
mod large;
mod retries;
mod writers;
