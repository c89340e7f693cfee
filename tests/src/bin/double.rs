//! The double of KurrentDB to try a ledger on by hand, where there is no server: it prints its connection string and lives
//! until its input ends. It keeps nothing on a disk.

#![allow(clippy::expect_used, reason = "a tool for developers")]

use acceptance::double::Double;
use std::io::Read as _;

fn main() {
    let nodes = std::env::args().nth(1).map_or(1, |count| count.parse().expect("a number of nodes"));
    let double = Double::cluster(nodes);
    println!("{}", double.connection());
    let mut rest = Vec::new();
    let _ended = std::io::stdin().read_to_end(&mut rest);
}
