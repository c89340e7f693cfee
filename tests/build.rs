//! Compiles the double's part of the protocol; no `protoc` is needed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(["streams.proto", "gossip.proto", "features.proto"], ["proto"])?;
    tonic_build::configure().build_client(false).bytes(["."]).btree_map(["."]).compile_fds(files)?;
    Ok(())
}
