//! The only room that listens, keeps time, spawns tasks and holds the log's key.
