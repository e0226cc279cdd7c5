//! The identity provider of one machine: who is there, how they sign in, and what their tokens say.

mod directory;
