//! The read API and the pages over a small ledger with a story in it, through a real socket.

mod errors;
mod house;
mod pages;
mod shapes;
#[test]
fn stay() {
    if std::env::var("ALMONER_STAY").is_ok() {
        println!("{}", house::HOUSE.base);
        std::thread::sleep(std::time::Duration::from_secs(3600));
    }
}
