//! The README's tour, and real input.
