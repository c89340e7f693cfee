//! fifo/1 (3-GIVING §4): the vectors, random histories against a cell model, refusals, and size.

mod both;
mod limits;
mod model;
mod random;
mod vectors;
