import Testing

@testable import Pipeline

@Suite struct ConfigurationByteSizeTests {
  @Test(arguments: [
    ("0", 0), ("1000", 1000), ("64K", 65_536), ("64k", 65_536), ("16M", 16_777_216), ("8G", 8_589_934_592),
    ("1T", 1_099_511_627_776), ("16MiB", 16_777_216), ("1_000", 1000), ("8388607T", 8_388_607 << 40),
  ])
  func sizesAreBinary(text: String, bytes: Int) {
    #expect(ByteSize.bytes(text) == bytes)
  }

  @Test(arguments: [
    "", "K", "M16", "16X", "16MB", "1.5G", "-1K", "1 K", "0x10", "8388608T", "99999999999999999999", "16MM", "iB",
    "16iB", "１６M", "1e3",
  ])
  func whatIsNoSizeIsRefused(text: String) {
    #expect(ByteSize.bytes(text) == nil)
  }

  @Test(arguments: [0, 1, 1000, 1024, 65_536, 1_000_000, 16 << 20, 3 << 30, 1 << 40, 1 << 50, Int.max])
  func theSpellingReadsBack(bytes: Int) {
    #expect(ByteSize.bytes(ByteSize.text(bytes)) == bytes)
  }
}
