//! The identity provider of one machine: who is there, how they sign in, and what their tokens say.

mod authorize;
mod directory;
mod kept;
mod logout;
mod pages;
mod sign_in;
mod tokens;
mod visitor;
