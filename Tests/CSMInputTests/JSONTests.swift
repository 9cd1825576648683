import CSMCore
import CSMInput
import Testing

@Suite("JSON and JSONL")
struct JSONTests {
  @Test("piper's lines load as they are")
  func piper() throws {
    let reading = try Reading(fixture: "piper.jsonl")
    #expect(reading.rejections == [])
    #expect(reading.ids == ["speaker_0", "speaker_1", nil])
    #expect(reading.lines.last?.speaker == "en_US-amy")
  }

  @Test("OmniVoice's lines load as they are; unused keys are kept")
  func omniVoice() throws {
    let reading = try Reading(fixture: "omnivoice.jsonl")
    #expect(reading.ids == ["sample_001"])
    #expect(
      reading.lines.first?.request.context == [
        .init(prompt: "Words of the clip.", audioURL: "https://example.com/ref.wav", speakerID: 0)
      ])
    #expect(reading.lines.first?.meta == #"{"language_id":"en","speed":1}"#)
    #expect(reading.warnings == [])
  }

  @Test("fal's own body, on several lines, loads as it is; so does the mistaken recipe")
  func fal() throws {
    let reading = try Reading(fixture: "fal.json")
    #expect(reading.turns == ["0: Hey how are you doing.", "1: Pretty good, pretty good."])
    #expect(reading.lines.first?.request.context.map(\.speakerID) == [0, 1])
    #expect(reading.warnings == [])
    #expect(try Reading(fixture: "recipe.jsonl").turns == ["0: The recipe that everybody copies."])
  }

  @Test("a list may be on one line, and objects are rejected individually")
  func list() {
    let list =
      #"[{"text": "One"}, {"txt": "Two"}, 7, {"text": "Th\"}r{ee"},"# + "\n {\"text\":\n\"Four\"}]"
    let reading = Reading(list, .json)
    #expect(reading.sent == ["One.", "Th\"}r{ee.", "Four."])
    #expect(reading.rejections.map(\.column) == [20, 35])
    #expect(reading.lines.map(\.number) == [1, 1, 2])
  }

  @Test("a list of many megabytes on one line is read")
  func longList() {
    let object = #"{"text": "\#(String(repeating: "word ", count: 50))", "meta": {"a": [1, {}]}}"#
    let list = "[" + Array(repeating: object, count: 5000).joined(separator: ",") + "]"
    #expect(Reading(list, .json).lines.count == 5000)
  }

  @Test("a voice is chosen by a key, in a turn or a clip, or by the speaker's name")
  func voices() {
    let lines = """
      {"text": "One.", "voice": "anna"}
      {"text": "Two.", "speaker": "ANNA"}
      {"text": "Three.", "context": [{"voice": "anna"}]}
      {"text": "Four.", "voice": "ana"}
      """
    let reading = Reading(lines, .jsonl) { $0.cast = Cast(voices: [voice("anna")]) }
    #expect(reading.sent == ["One.", "Two.", "Three."])
    #expect(reading.lines.allSatisfy { $0.request.context == [voice("anna").context(as: 0)] })
    #expect(
      reading.rejections.map(\.reason) == [
        #"there is no voice "ana" (line 4): did you mean "anna"?"#
      ])
    #expect(reading.warnings == [])
  }

  @Test("a voice that does not exist is reported once, with its lines")
  func foreignVoice() {
    let line = #"{"text": "One.", "voice": "en-US-Wavenet-A"}"# + "\n"
    let clip = #"{"text": "One.", "context": [{"voice": "bob"}]}"# + "\n"
    let reading = Reading(line + clip + line + line + clip, .jsonl)
    #expect(reading.lines == [])
    #expect(reading.results.count { $0 == .refused } == 5)
    #expect(reading.rejections.map(\.line) == [1, 2])
    #expect(reading.rejections.map(\.code) == [.voice, .voice])
    let reason = reading.rejections.first?.reason ?? ""
    #expect(reason.contains(#""en-US-Wavenet-A" (3 times, on lines 1, 3, 4)"#))
    #expect(reason.contains("voice add en-US-Wavenet-A CLIP") && reason.contains("\"meta\""))
  }

  @Test("a scene can be spoken turn by turn, with takes")
  func perTurn() {
    let line =
      #"{"id": "s", "scene": [{"text": "A.", "speaker": "X"}, {"text": "B.", "id": "b"}], "per_turn": true, "takes": 2}"#
    let reading = Reading(line, .jsonl)
    #expect(reading.ids == ["s/001-X", "s/001-X.t2", "b", "b.t2"])
    #expect(reading.lines.map(\.scene) == ["s", "s", "s", "s"])
  }

  @Test("a clip of a speaker without a turn is reported")
  func strangeClip() {
    let line =
      #"{"text": "A.", "speaker_id": 0, "context": [{"prompt": "p", "audio_url": "https://a.b/c", "speaker_id": 1}]}"#
    #expect(Reading(line, .jsonl).warnings.map(\.code).contains("W-CTXID"))
  }

  @Test("local clips are rejected with advice")
  func localClips() {
    for clip in [
      #"{"file": "a.wav", "prompt": "p", "speaker_id": 0}"#,
      #"{"audio_url": "a.wav", "prompt": "p", "speaker_id": 0}"#,
    ] {
      let reading = Reading(#"{"text": "A.", "context": [\#(clip)]}"#, .jsonl)
      #expect(reading.rejections.first?.reason.contains("csm-enqueue voice add") == true)
    }
  }

  @Test("rows of data sets use their audio's name as id, and keep everything else as meta")
  func dataSets() {
    func read(_ row: String) -> Reading { Reading(row, .jsonl) }
    let folder = read(#"{"file_name":"train/0001.mp3","transcription":"One.","lang":"en"}"#)
    #expect(folder.ids == ["train/0001"] && folder.sent == ["One."])
    #expect(folder.lines.first?.meta == #"{"lang":"en"}"#)
    let nemo = read(#"{"audio_filepath":"/d/a.wav","duration":1.5,"text":"Two."}"#)
    #expect(nemo.ids == ["a"] && nemo.lines.first?.meta == #"{"duration":1.5}"#)
    let viewer = read(#"{"row_idx":7,"row":{"sentence":"Three.","age":null},"truncated_cells":[]}"#)
    #expect(viewer.sent == ["Three."] && viewer.ids == ["7"])
    let voice = read(#"{"path":"clips/c_1.mp3","sentence":"Four.","client_id":"x"}"#)
    #expect(voice.ids == ["clips/c_1"])
    let cut = read(#"{"row_idx":7,"row":{"text":"Fi"},"truncated_cells":["text"]}"#)
    #expect(cut.rejections.first?.reason.contains("was truncated") == true)
    // A misspelt key of ours is still recognised.
    #expect(read(#"{"text":"Hi.","speakr":"Anna"}"#).rejections.first?.code == .field)
  }

  @Test("csm's own keys keep their meaning in rows of data sets, if their values can have it")
  func ownKeys() {
    func read(_ row: String) -> Reading {
      Reading(row, .jsonl) { $0.cast = Cast(voices: [voice("anna"), voice("ben")]) }
    }
    let own = read(
      #"{"file_name":"a.wav","text":"Dr. A.","spoken":"Doctor A.","voice":"anna","takes":2,"lang":"en","#
        + #""context":[{"voice":"ben","speaker_id":1}],"meta":{"mood":"calm"}}"#)
    #expect(own.rejections == [])
    #expect(own.ids == ["a", "a.t2"] && own.sent == ["Doctor A.", "Doctor A."])
    #expect(
      own.lines.first?.request.context == [
        voice("ben").context(as: 1), voice("anna").context(as: 0),
      ])
    #expect(own.lines.first?.meta == #"{"lang":"en","mood":"calm"}"#)
    let foreign = read(
      #"{"file_name":"a.wav","text":"B.","context":"before","takes":"two","meta":1}"#)
    #expect(foreign.sent == ["B."])
    #expect(foreign.lines.first?.meta == #"{"context":"before","meta":1,"takes":"two"}"#)
  }
}
