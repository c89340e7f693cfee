//! fifo/1 and pro-rata/1 (3-GIVING §4): vectors, and random histories against a cell model.

mod model;
mod vectors;
