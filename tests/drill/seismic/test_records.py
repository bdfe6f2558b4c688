"""Recorded ground motion in the formats of K-NET, KiK-net and CSV: our own made-up records, and files with faults."""

import numpy as np
import pytest

from drill.seismic.records import RecordError, read_motion

N = 800


def component(direction="N-S", *, station="SNE001", hz=100, scale="3920(gal)/6182761", n=N, seconds=None, offset=8000):
    rng = np.random.default_rng(len(direction))
    numbers = offset + np.rint(20000 * np.sin(np.arange(n) / 9) + 500 * rng.standard_normal(n)).astype(int)
    rows = ["".join(f"{v:9d}" for v in numbers[k : k + 8]) for k in range(0, n, 8)]
    head = [
        "Origin Time       2026/01/18 23:25:00",
        "Lat.              35.000",
        "Long.             139.000",
        "Depth. (km)       10",
        "Mag.              6.0",
        f"Station Code      {station}",
        "Station Lat.      35.1000",
        "Station Long.     139.1000",
        "Station Height(m) 79",
        "Record Time       2026/01/18 23:25:46",
        f"Sampling Freq(Hz) {hz}Hz",
        f"Duration Time(s)  {n // hz if seconds is None else seconds}",
        f"Dir.              {direction}",
        f"Scale Factor      {scale}",
        "Max. Acc. (gal)   12.700",
        "Last Correction   2026/01/18 23:25:31",
        "Memo.             ",
    ]
    return "\n".join([*head, *rows, ""]).encode(), numbers


def three(**of):
    return [(f"SNE001.{end}", component(way, **of)[0]) for end, way in (("NS", "N-S"), ("EW", "E-W"), ("UD", "U-D"))]


def csv(rows, names="t_s,ns_gal,ew_gal,ud_gal"):
    return [("made.csv", "\n".join([names, *rows]).encode())]


def refusal(files):
    with pytest.raises(RecordError) as caught:
        read_motion(files)
    (fault,) = caught.value.faults
    return fault


def test_three_components_of_knet_come_together_with_east_first():
    motion = read_motion(three())
    _, north = component("N-S")
    wanted = (north - north.mean()) * 3920 / 6182761 / 100
    assert motion.acceleration_mps2.shape == (N, 3)
    assert motion.dt_s == 0.01
    assert motion.acceleration_mps2[:, 1] == pytest.approx(wanted)
    assert motion.acceleration_mps2.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert motion.source == "SNE001 2026/01/18 23:25:46"


def test_the_surface_of_kiknet_is_read_and_its_borehole_refused():
    files = [
        (f"SNEH01.{e}2", component(d, hz=200, scale="2000(gal)/8388608")[0]) for e, d in zip("NEU", "456", strict=True)
    ]
    motion = read_motion(files)
    assert motion.dt_s == 0.005
    assert motion.resampled().dt_s == 0.01
    fault = refusal([("SNEH01.NS1", component("1")[0]), files[1]])
    assert (fault.file, fault.line, fault.value) == ("SNEH01.NS1", 13, "1")
    assert "surface" in fault.message


def test_the_vertical_component_may_be_left_out_and_a_horizontal_one_not():
    assert (read_motion(three()[:2]).acceleration_mps2[:, 2] == 0).all()
    assert "E-W component is missing" in refusal([three()[0], three()[2]]).message


@pytest.mark.parametrize(
    ("files", "line", "value", "what"),
    [
        ([("a.NS", component(scale="3920/6182761")[0])], 14, "3920/6182761", "such as 3920(gal)/6182761"),
        ([("a.NS", component(scale="3920(gal)/0")[0])], 14, "3920(gal)/0", "divided by nothing"),
        ([("a.NS", component(hz=2, seconds=400)[0])], 11, "2Hz", "between 20 and 1000"),
        ([("a.NS", component("NE")[0])], 13, "NE", "no direction"),
        ([("a.NS", component(seconds=300)[0])], 12, "300", "cut off"),
        ([("a.NS", component()[0].replace(b"Dir.  ", b"Dirn  "))], 1, "", "'Dir.'"),
        ([("a.NS", b"\n".join(component()[0].splitlines()[:9]))], 9, "9", "ends before"),
        ([("a.NS", component()[0] + b"  80.5\n")], 118, "80.5", "whole numbers"),
        ([("a.NS", component(scale="3920(gal)/61")[0])], 0, None, "unit or scale factor"),
        ([("a.NS", b"\xff\xfe\n" * 40)], 1, "byte 0xff", "plain text"),
    ],
)
def test_a_fault_of_a_component_names_its_line_and_value(files, line, value, what):
    fault = refusal(files)
    assert fault.file == "a.NS"
    assert fault.line == line
    assert value is None or fault.value == value
    assert what in fault.message


def test_components_of_two_records_do_not_go_together():
    one, two, _ = three()
    assert "the same component" in refusal([one, ("again.NS", one[1])]).message
    other = ("b.EW", component("E-W", station="SNE002")[0])
    assert "another station" in refusal([one, other]).message
    short = ("b.EW", component("E-W", n=400)[0])
    assert "another number of samples" in refusal([one, short]).message
    assert "mixture" in refusal([one, two, ("c.csv", b"")]).message


def test_a_csv_is_read_by_its_column_names_in_any_order_and_unit():
    rows = [f"{k * 0.01:.2f},{k % 7},x,{k % 5},{k % 3}" for k in range(300)]
    motion = read_motion(csv(rows, "t_s,ud_mps2,note,NS_gal,ew_gal"))
    assert motion.dt_s == pytest.approx(0.01)
    north = np.arange(300) % 5 * 0.01
    assert motion.acceleration_mps2[:, 1] == pytest.approx(north - north.mean())
    up = np.arange(300) % 7 * 1.0
    assert motion.acceleration_mps2[:, 2] == pytest.approx(up - up.mean())


def test_a_csv_with_comments_above_its_names_is_read():
    rows = ["#K-NET CSV", "#100", "#Time,RelativeTime(s),N-S(gal),E-W(gal),U-D(gal)"]
    rows += [f"2026/01/02 17:47:27.00,{k * 0.01:.2f},{k % 5},{k % 3},1" for k in range(100)]
    assert read_motion([("a.csv", "\n".join(rows).encode())]).acceleration_mps2.shape == (100, 3)


@pytest.mark.parametrize(
    ("files", "line", "value", "what"),
    [
        (csv(["0,1,2,3"], "a,b,c,d"), 1, "a,b,c,d", "names the columns"),
        (csv(["0.00,1,2,3", "0.01,1,two,3"]), 3, "two", "column 3"),
        (csv(["0.00,1,2,3", "0.01,1,nan,3"]), 3, "nan", "not finite"),
        (csv(["0.00,1,2,3", "0.01,1"]), 3, "", "column 3"),
        (csv([f"{t},1,2,3" for t in (0, 0.01, 0.02, 0.05, 0.06)]), 5, "0.05", "evenly spaced"),
        (csv([f"{t},1,2,3" for t in (0, 1, 2)]), 2, "1", "s apart"),
        (csv(["0.00,1,2,3"]), 2, "1", "two samples"),
        (csv([f"{k * 0.01},{k},2,3" for k in range(9)], "t_s,ns_gal,ns_mps2,ew_gal"), 1, None, "two columns"),
        (
            csv([f"{k * 0.01},{9000 * (k % 2)},2,3" for k in range(9)], "t_s,ns_mps2,ew_gal,ud_gal"),
            0,
            None,
            "mistaken unit",
        ),
    ],
)
def test_a_fault_of_a_csv_names_its_line_and_value(files, line, value, what):
    fault = refusal(files)
    assert fault.line == line
    assert value is None or fault.value == value
    assert what in fault.message


def test_the_part_that_is_felt_is_cut_out():
    motion = read_motion(three())
    quiet = np.zeros((500, 3))
    padded = type(motion)(np.concatenate((quiet, motion.acceleration_mps2, quiet)), 0.01, "padded")
    assert abs(len(padded.felt().acceleration_mps2) - N) < 5
