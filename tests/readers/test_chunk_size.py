from tagwerk.readers.chunk_size import row_ranges


def test_chunks_cover_every_row_once():
    assert list(row_ranges(7, 3, 1)) == [(0, 3), (3, 6), (6, 7)]


def test_chunks_of_large_rows_are_shorter():
    assert list(row_ranges(7, 100, 20e6)) == [(0, 3), (3, 6), (6, 7)]
    assert list(row_ranges(2, 100, 1e12)) == [(0, 1), (1, 2)]


def test_no_rows_give_one_empty_chunk():
    assert list(row_ranges(0, 100, 1e12)) == [(0, 0)]
