# One static file in an empty image: no shell, no libc, no CA bundle, nobody's /etc/passwd.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends musl-tools && rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /src
COPY . .
# In the repository's folder: .cargo/config.toml says how it is linked.
RUN cargo build --release --locked --bin s3-secure-bucket --target "$(uname -m)-unknown-linux-musl" \
    && cp target/*-linux-musl/release/s3-secure-bucket /s3-secure-bucket

FROM scratch
COPY --from=build /s3-secure-bucket /s3-secure-bucket
USER 65532:65532
ENTRYPOINT ["/s3-secure-bucket"]
