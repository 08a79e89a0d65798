// Options of the command line, put into the tree of the pipeline file before it is decoded: they are checked by the
// same code, and a fault in them names the option as typed.

enum ConfigurationOverrides {
  /// `--set` options in the order given, so that the last one for a key counts.
  static func apply(_ settings: [String], to root: inout ConfigurationNode, context: ConfigurationContext) {
    for setting in settings {
      apply(setting, to: &root, context: context)
    }
  }

  /// Puts `content` in the place of top-level `key`.
  static func replace(
    _ key: String, _ content: ConfigurationNode.Content, option: String, in root: inout ConfigurationNode
  ) {
    let origin = ConfigurationOrigin.option(option)
    set(key, ConfigurationNode(content, at: origin).moved(to: origin), at: origin, in: &root)
  }

  private static func apply(_ setting: String, to root: inout ConfigurationNode, context: ConfigurationContext) {
    let option = "--set \(setting.prefix(200))"
    let origin = ConfigurationOrigin.option(option)
    guard let equals = setting.firstIndex(of: "="), equals > setting.startIndex else {
      context.fault(at: origin, "expected KEY=VALUE or STEP.KEY=VALUE")
      return
    }
    guard setting.utf8.count <= StrictYAML.maximumByteCount else {
      context.fault(at: origin, "longer than \(ByteSize.text(StrictYAML.maximumByteCount)) bytes")
      return
    }
    let path = setting[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let value = value(of: String(setting[setting.index(after: equals)...]), at: origin)
    let stepNames = PipelineStep.allCases.map(\.rawValue)

    switch (path.count, PipelineStep(rawValue: path[0])) {
    case (1, .some(let step)):
      toggle(step, value, origin, in: &root, context: context)
    case (1, nil):
      // STEP=off and STEP=on with the name of no step; any other unknown key is found when the tree is decoded.
      if case .scalar(let text, _) = value.content, ["off", "on"].contains(text),
        let step = NearestName.nearest(to: path[0], among: stepNames)
      {
        return context.fault(at: origin, "unknown step \(quoted(path[0])), did you mean \(step)?")
      }
      set(path[0], value, at: origin, in: &root)
    case (2, .some(let step)):
      set(path[1], value, of: step, at: origin, in: &root, context: context)
    case (2, nil):
      let advice =
        NearestName.nearest(to: path[0], among: stepNames).map { ", did you mean \($0)?" }
        ?? "; the steps are " + stepNames.joined(separator: ", ")
      context.fault(at: origin, "unknown step \(quoted(path[0]))\(advice)")
    default:
      context.fault(at: origin, "expected KEY=VALUE or STEP.KEY=VALUE, found \(path.count) names")
    }
  }

  /// Lists, mappings and quoted texts are YAML; everything else is the plain text that it looks like, so that a regular
  /// expression needs no second layer of quotes.
  private static func value(of text: String, at origin: ConfigurationOrigin) -> ConfigurationNode {
    if let first = text.utf8.first, [34, 39, 91, 123].contains(first),
      let tree = try? StrictYAML.tree(of: Array(text.utf8), fileName: "")
    {
      return tree.moved(to: origin)
    }
    return ConfigurationNode(.scalar(text, isPlain: true), at: origin)
  }

  private static func set(
    _ key: String, _ value: ConfigurationNode, at origin: ConfigurationOrigin, in mapping: inout ConfigurationNode
  ) {
    // What is no mapping is left as it is: the decoder reports it.
    guard var entries = mapping.isNull ? [] : mapping.entries else { return }
    entries.removeAll { $0.key == key }
    entries.append(.init(key: key, keyOrigin: origin, value: value))
    mapping.content = .mapping(entries)
  }

  private static func set(
    _ key: String, _ value: ConfigurationNode, of step: PipelineStep, at origin: ConfigurationOrigin,
    in root: inout ConfigurationNode, context: ConfigurationContext
  ) {
    guard var items = steps(of: root) else { return }
    guard let index = items.firstIndex(where: { PipelineDecoder.stepEntry($0)?.key == step.rawValue }),
      var entry = PipelineDecoder.stepEntry(items[index])
    else {
      context.fault(
        at: origin,
        "the pipeline has no step \(step.rawValue); add it to the file, or with --set \(step.rawValue)=on")
      return
    }
    set(key, value, at: origin, in: &entry.value)
    items[index].content = .mapping([entry])
    setSteps(items, of: &root)
  }

  /// `--set STEP=off` takes a step out, `--set STEP=on` puts it in with its defaults where it belongs.
  private static func toggle(
    _ step: PipelineStep, _ value: ConfigurationNode, _ origin: ConfigurationOrigin,
    in root: inout ConfigurationNode, context: ConfigurationContext
  ) {
    guard var items = steps(of: root) else { return }
    let index = items.firstIndex { PipelineDecoder.stepEntry($0)?.key == step.rawValue }
    guard case .scalar(let text, _) = value.content, text == "on" || text == "off" else {
      context.fault(
        at: origin,
        "\(step.rawValue) is a step: expected on or off, found \(value.summary); its keys are set as "
          + "\(step.rawValue).KEY=VALUE")
      return
    }
    if text == "off" {
      if let index { items.remove(at: index) }
    } else if index == nil {
      let order = PipelineStep.allCases
      let place = order.firstIndex(of: step) ?? 0
      let after = items.firstIndex { item in
        PipelineDecoder.stepEntry(item).flatMap { PipelineStep(rawValue: $0.key) }
          .flatMap(order.firstIndex(of:)).map { $0 > place } ?? false
      }
      let entry = ConfigurationNode.Entry(
        key: step.rawValue, keyOrigin: origin, value: ConfigurationNode(.mapping([]), at: origin))
      items.insert(ConfigurationNode(.mapping([entry]), at: origin), at: after ?? items.endIndex)
    }
    setSteps(items, of: &root)
  }

  private static func steps(of root: ConfigurationNode) -> [ConfigurationNode]? {
    guard let process = root.entries?.last(where: { $0.key == "process" })?.value,
      case .sequence(let items) = process.content
    else { return nil }
    return items
  }

  private static func setSteps(_ items: [ConfigurationNode], of root: inout ConfigurationNode) {
    guard var entries = root.entries, let index = entries.lastIndex(where: { $0.key == "process" }) else { return }
    entries[index].value.content = .sequence(items)
    root.content = .mapping(entries)
  }
}
