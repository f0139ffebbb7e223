from tagwerk.readers.chunk_size import spans


def test_spans_cover_every_row_once():
    assert list(spans(7, 3, 1)) == [(0, 3), (3, 6), (6, 7)]


def test_large_rows_come_fewer_at_a_time():
    assert list(spans(7, 100, 20e6)) == [(0, 3), (3, 6), (6, 7)]
    assert list(spans(2, 100, 1e12)) == [(0, 1), (1, 2)]


def test_no_rows_come_once():
    assert list(spans(0, 100, 1e12)) == [(0, 0)]
