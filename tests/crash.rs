//! kill -9 loses nothing that was acknowledged.
