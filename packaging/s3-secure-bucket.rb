# typed: strict
# frozen_string_literal: true

# The formula for Homebrew. packaging/manifests.sh fills in this template for each release.
class S3SecureBucket < Formula
  desc "Create hardened S3 buckets and presigned URLs without the AWS SDK"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/s3-secure-bucket-v@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/s3-secure-bucket-v@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/s3-secure-bucket-v@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/s3-secure-bucket-v@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "s3-secure-bucket"
    man1.install Dir["share/man/man1/*.1"]
    bash_completion.install "share/bash-completion/completions/s3-secure-bucket"
    zsh_completion.install "share/zsh/site-functions/_s3-secure-bucket"
    fish_completion.install "share/fish/vendor_completions.d/s3-secure-bucket.fish"
  end

  test do
    ENV["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE"
    ENV["AWS_SECRET_ACCESS_KEY"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    ENV["AWS_REGION"] = "us-east-1"
    url = shell_output("#{bin}/s3-secure-bucket presign get s3://my-bucket/key")
    assert_match "X-Amz-Signature=", url
  end
end
