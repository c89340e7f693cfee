//! The full audit against logs that are honest, and against operators who hold the log's key.

mod books;
mod cheating;
mod log;
mod reading;
mod story;
