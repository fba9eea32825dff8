//! What the tests share: the program as a user runs it, raw HTTP answers, a scripted S3, a sandbox.

pub mod aws;
pub mod fixture;
pub mod mock_s3;
pub mod name_server;
pub mod pages;
pub mod program;
pub mod raw;
pub mod world;
