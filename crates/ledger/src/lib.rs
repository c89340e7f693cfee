//! What may happen, and what it does to the books.
