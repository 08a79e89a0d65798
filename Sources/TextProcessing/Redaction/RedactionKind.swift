// The kinds of personal data that are redacted, their tags, and the tally.

/// A kind of personal data. ROOTS redacted the first four; it had phone and ID numbers too and dropped them late, for false
/// positives, so these two are stricter here and off unless asked for.
public enum RedactionKind: String, CaseIterable, Sendable, Codable {
  case email, ip_address, key, user, phone, id

  /// What is redacted unless somebody says otherwise.
  public static let standard: Set<RedactionKind> = [.email, .ip_address, .key, .user]

  /// What stands in the text instead, in ROOTS's form.
  public var tag: String {
    switch self {
    case .email: "PI:EMAIL"
    case .ip_address: "PI:IP_ADDRESS"
    case .key: "PI:KEY"
    case .user: "PI:USER"
    case .phone: "PI:PHONE"
    case .id: "PI:ID"
    }
  }
}

/// How many pieces of personal data were replaced.
public struct RedactionCounts: Sendable, Codable, Equatable {
  /// Documents in which something was replaced.
  public var documents = 0
  public var email = 0
  public var ipAddress = 0
  public var key = 0
  public var user = 0
  public var phone = 0
  public var id = 0

  public init() {}

  public var total: Int { email + ipAddress + key + user + phone + id }

  public subscript(kind: RedactionKind) -> Int {
    get {
      switch kind {
      case .email: email
      case .ip_address: ipAddress
      case .key: key
      case .user: user
      case .phone: phone
      case .id: id
      }
    }
    set {
      switch kind {
      case .email: email = newValue
      case .ip_address: ipAddress = newValue
      case .key: key = newValue
      case .user: user = newValue
      case .phone: phone = newValue
      case .id: id = newValue
      }
    }
  }

  public mutating func add(_ other: RedactionCounts) {
    documents += other.documents
    for kind in RedactionKind.allCases { self[kind] += other[kind] }
  }
}
