//! Helpers of the tests: the program as a user runs it, recorded HTTP responses, a mock S3 server
//! and a sandbox.

pub mod aws;
pub mod fixture;
pub mod inbox;
pub mod mock_s3;
pub mod name_server;
pub mod pages;
pub mod presign;
pub mod program;
pub mod raw;
pub mod skip;
pub mod tls_server;
pub mod world;
