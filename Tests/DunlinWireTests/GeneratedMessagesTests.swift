import CDunlinProto
import Testing

@Test("generated messages can be packed")
func generatedMessagesCanBePacked() {
    var position = Dunlin__V1__RecordPosition()
    dunlin__v1__record_position__init(&position)
    #expect(dunlin__v1__record_position__get_packed_size(&position) == 0)
}
