// Ids back to text for people to read.
import CorpusIO
import Pipeline
import Tokenization

struct DecodedText {
  private let decoder: TokenDecoder
  private let vocabularySize: Int

  init(path: String) throws {
    let model = try loadTokenizer(path, fileSystem: LocalFileSystem())
    decoder = TokenDecoder(model: model)
    vocabularySize = model.vocabularySize
  }

  /// Ids outside the vocabulary are shown as such.
  func decode(_ ids: [UInt32]) -> String {
    var text = ""
    var run: [UInt32] = []
    func close() {
      text += String(decoding: decoder.decode(run, skipSpecial: false), as: UTF8.self)
      run = []
    }
    for id in ids {
      if Int(id) < vocabularySize {
        run.append(id)
      } else {
        close()
        text += "[no such id: \(id)]"
      }
    }
    close()
    return text
  }
}
