// The character references of HTML 4 (W3C, HTML 4.01, section 24) by name, and the rules for numeric ones.

enum HTMLEntities {
  /// The longest name has 8 letters; `#x10FFFF` has 8 bytes.
  static let maximumBytes = 9

  /// The character that `name` (what stands between `&` and `;`) refers to; nil when it is none. Numeric references follow
  /// HTML 5, section 13.2.5.84: 0x80 to 0x9F are Windows-1252; those to nothing, to controls and to surrogates are left.
  static func character(_ name: Span<UInt8>) -> UInt32? {
    guard name.count >= 2, name.count <= maximumBytes else { return nil }
    if name[0] == 0x23 { return numeric(name) }
    var text = ""
    for index in name.indices {
      guard isAlphanumeric(name[index]) else { return nil }
      text.unicodeScalars.append(Unicode.Scalar(name[index]))
    }
    return named[text]
  }

  private static func numeric(_ name: Span<UInt8>) -> UInt32? {
    let isHexadecimal = name[1] | 0x20 == 0x78
    let first = isHexadecimal ? 2 : 1
    guard name.count > first else { return nil }
    var value: UInt32 = 0
    for index in first..<name.count {
      let byte = name[index]
      if isDigit(byte) {
        value = value * (isHexadecimal ? 16 : 10) + UInt32(byte - 48)
      } else if isHexadecimal, isHex(byte) {
        value = value * 16 + UInt32((byte | 0x20) - 87)
      } else {
        return nil
      }
      if value > 0x10FFFF { return nil }
    }
    if (0x80..<0xA0).contains(value) { return Windows1252.characters[Int(value - 0x80)] }
    let isText = value == 0x09 || value == 0x0A || value >= 0x20 && value != 0x7F
    return isText && value & 0xFFFFF800 != 0xD800 && value & 0xFFFE != 0xFFFE ? value : nil
  }

  private static let named: [String: UInt32] = {
    let words = table.split(separator: " ")
    var named: [String: UInt32] = ["apos": 0x27]
    for index in stride(from: 0, to: words.count - 1, by: 2) {
      named[String(words[index])] = UInt32(words[index + 1], radix: 16)
    }
    return named
  }()

  /// Name and code point in hexadecimal.
  private static let table = """
    AElig c6 Aacute c1 Acirc c2 Agrave c0 Alpha 391 Aring c5 Atilde c3 Auml c4 Beta 392 Ccedil c7 Chi 3a7 \
    Dagger 2021 Delta 394 ETH d0 Eacute c9 Ecirc ca Egrave c8 Epsilon 395 Eta 397 Euml cb Gamma 393 \
    Iacute cd Icirc ce Igrave cc Iota 399 Iuml cf Kappa 39a Lambda 39b Mu 39c Ntilde d1 Nu 39d OElig 152 \
    Oacute d3 Ocirc d4 Ograve d2 Omega 3a9 Omicron 39f Oslash d8 Otilde d5 Ouml d6 Phi 3a6 Pi 3a0 Prime 2033 \
    Psi 3a8 Rho 3a1 Scaron 160 Sigma 3a3 THORN de Tau 3a4 Theta 398 Uacute da Ucirc db Ugrave d9 Upsilon 3a5 \
    Uuml dc Xi 39e Yacute dd Yuml 178 Zeta 396 aacute e1 acirc e2 acute b4 aelig e6 agrave e0 alefsym 2135 \
    alpha 3b1 amp 26 and 2227 ang 2220 aring e5 asymp 2248 atilde e3 auml e4 bdquo 201e beta 3b2 brvbar a6 \
    bull 2022 cap 2229 ccedil e7 cedil b8 cent a2 chi 3c7 circ 2c6 clubs 2663 cong 2245 copy a9 crarr 21b5 \
    cup 222a curren a4 dArr 21d3 dagger 2020 darr 2193 deg b0 delta 3b4 diams 2666 divide f7 eacute e9 \
    ecirc ea egrave e8 empty 2205 emsp 2003 ensp 2002 epsilon 3b5 equiv 2261 eta 3b7 eth f0 euml eb \
    euro 20ac exist 2203 fnof 192 forall 2200 frac12 bd frac14 bc frac34 be frasl 2044 gamma 3b3 ge 2265 \
    gt 3e hArr 21d4 harr 2194 hearts 2665 hellip 2026 iacute ed icirc ee iexcl a1 igrave ec image 2111 \
    infin 221e int 222b iota 3b9 iquest bf isin 2208 iuml ef kappa 3ba lArr 21d0 lambda 3bb lang 2329 \
    laquo ab larr 2190 lceil 2308 ldquo 201c le 2264 lfloor 230a lowast 2217 loz 25ca lrm 200e lsaquo 2039 \
    lsquo 2018 lt 3c macr af mdash 2014 micro b5 middot b7 minus 2212 mu 3bc nabla 2207 nbsp a0 ndash 2013 \
    ne 2260 ni 220b not ac notin 2209 nsub 2284 ntilde f1 nu 3bd oacute f3 ocirc f4 oelig 153 ograve f2 \
    oline 203e omega 3c9 omicron 3bf oplus 2295 or 2228 ordf aa ordm ba oslash f8 otilde f5 otimes 2297 \
    ouml f6 para b6 part 2202 permil 2030 perp 22a5 phi 3c6 pi 3c0 piv 3d6 plusmn b1 pound a3 prime 2032 \
    prod 220f prop 221d psi 3c8 quot 22 rArr 21d2 radic 221a rang 232a raquo bb rarr 2192 rceil 2309 \
    rdquo 201d real 211c reg ae rfloor 230b rho 3c1 rlm 200f rsaquo 203a rsquo 2019 sbquo 201a scaron 161 \
    sdot 22c5 sect a7 shy ad sigma 3c3 sigmaf 3c2 sim 223c spades 2660 sub 2282 sube 2286 sum 2211 sup 2283 \
    sup1 b9 sup2 b2 sup3 b3 supe 2287 szlig df tau 3c4 there4 2234 theta 3b8 thetasym 3d1 thinsp 2009 \
    thorn fe tilde 2dc times d7 trade 2122 uArr 21d1 uacute fa uarr 2191 ucirc fb ugrave f9 uml a8 upsih 3d2 \
    upsilon 3c5 uuml fc weierp 2118 xi 3be yacute fd yen a5 yuml ff zeta 3b6 zwj 200d zwnj 200c
    """
}

/// Windows-1252 where it differs from Latin-1; its five unused bytes stand for the C1 controls, as in the WHATWG encoding.
enum Windows1252 {
  static let characters: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D,
    0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,
    0x017E, 0x0178,
  ]

  /// The byte 0x80 to 0xFF that is read as `character`; nil when there is none.
  static func byte(of character: UInt32) -> UInt8? {
    if (0xA0...0xFF).contains(character) { return UInt8(character) }
    if character < 0x80 { return nil }
    return characters.firstIndex(of: character).map { UInt8(0x80 + $0) }
  }
}
