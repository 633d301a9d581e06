"""fastavro on the packets of `bench -- decode`: FOLDER MODE PASSES WARM_UP_MS.

Prints one JSON object: the median pass in packets a second, and sums over all points, which must be the other
variants'. Packets are in memory before the clock starts. The modes:

points   `fastavro.reader` on each packet, then the alert's fields and its list of points, as users write it
decode   the same without looking at the record
tuned    each schema parsed once, fields that are not wanted skipped by a reader's schema, then as `points`

Beside Nightjar's, the work is the same or less: no packet is checked or refused, no cutout looked for.
"""

import io
import json
import math
import os
import statistics
import sys
import time

import fastavro
from fastavro.schema import load_schema

AB_ZERO_POINT_NJY_MAG = 31.4
FLUX_PER_MAG = math.log(10) / 2.5
SECONDS_PER_DAY = 86400
ZTF_BANDS = {1: 'g', 2: 'r', 3: 'i'}
SIGNS = {'t': 1.0, '1': 1.0, 'f': -1.0, '0': -1.0}
ELASTICC_NJY_PER_UNIT = 10 ** ((AB_ZERO_POINT_NJY_MAG - 27.5) / 2.5)

# Fields that Nightjar reads, by the record they are in: what `tuned` keeps.
DIA_SOURCE = {
    'diaSourceId', 'diaObjectId', 'ssObjectId', 'midpointMjdTai', 'midPointTai', 'band', 'filterName', 'ra',
    'dec', 'decl',
    'psfFlux', 'psfFluxErr', 'psFlux', 'psFluxErr', 'scienceFlux', 'scienceFluxErr', 'totFlux', 'totFluxErr',
    'reliability', 'spuriousness', 'timeWithdrawnMjdTai',
}
WANTED = {
    'alert': {
        'objectId', 'candid', 'candidate', 'prv_candidates', 'fp_hists', 'schemavsn',
        'diaSource', 'prvDiaSources', 'prvDiaForcedSources', 'prvDiaNondetectionLimits', 'diaObject',
        'ssObject',
    },
    'candidate': {
        'candid', 'jd', 'fid', 'isdiffpos', 'ra', 'dec', 'magpsf', 'sigmapsf', 'rb', 'drb', 'distnr', 'magnr',
        'sigmagnr',
        'sgscore1', 'distpsnr1', 'sgmag1', 'srmag1', 'simag1', 'szmag1', 'neargaia', 'maggaia',
    },
    'prv_candidate': {'jd', 'fid', 'isdiffpos', 'magpsf', 'sigmapsf', 'diffmaglim', 'candid'},
    'fp_hist': {'jd', 'fid', 'procstatus', 'forcediffimflux', 'forcediffimfluxunc', 'magzpsci'},
    'diaSource': DIA_SOURCE,
    'diaForcedSource': DIA_SOURCE | {'diaForcedSourceId'},
    'diaNondetectionLimit': {'midpointMjdTai', 'midPointTai', 'band', 'filterName', 'diaNoise'},
    'diaObject': {
        'diaObjectId', 'mwebv', 'z_final', 'z_final_err', 'hostgal_z', 'hostgal_z_err', 'hostgal_zspec',
        'hostgal_zspec_err',
        'hostgal_zphot', 'hostgal_zphot_err', 'hostgal_mag_r', 'hostgal_snsep',
    },
    'ssObject': {'ssObjectId'},
}
ZTF_METADATA = (
    'sgscore1', 'distpsnr1', 'sgmag1', 'srmag1', 'simag1', 'szmag1', 'distnr', 'magnr', 'neargaia', 'maggaia',
)
ELASTICC_METADATA = ('mwebv', 'hostgal_zspec', 'hostgal_zphot', 'hostgal_z', 'hostgal_mag_r', 'hostgal_snsep')


# Points: (kind, id, MJD TAI, band, flux nJy, 1σ error nJy).


def usable(points):
    """Points with everything there and finite, each identity once."""
    kept = {}
    for point in points:
        kind, ident, mjd, band, flux, err = point
        if 47892 <= mjd < 88069 and band and math.isfinite(flux) and 0 < err < math.inf:
            kept.setdefault((kind, ident, mjd, band), point)
    return list(kept.values())


def number(value):
    return math.nan if value is None else value


def njy_from_mag(mag):
    return 10 ** ((AB_ZERO_POINT_NJY_MAG - mag) / 2.5) if mag is not None and -30 <= mag <= 50 else math.nan


def mjd_tai_from_jd(jd):
    mjd = jd - 2400000.5
    return mjd + (37 if mjd >= 57754 else 36) / SECONDS_PER_DAY


def ztf_detection(item, candid):
    flux = njy_from_mag(item.get('magpsf'))
    if candid is not None and abs(candid) < 1000000:
        candid = None
    return (
        'detection', candid, mjd_tai_from_jd(item['jd']), ZTF_BANDS.get(item['fid'], ''),
        SIGNS.get(item.get('isdiffpos'), math.nan) * flux, flux * number(item.get('sigmapsf')) * FLUX_PER_MAG,
    )


def ztf_alert(record):
    candidate = record['candidate']
    own = ztf_detection(candidate, record['candid'])
    points = [own]
    for item in record['prv_candidates'] or ():
        if item.get('magpsf') is not None:
            points.append(ztf_detection(item, item.get('candid')))
        else:
            noise = njy_from_mag(item.get('diffmaglim')) / 5
            mjd, band = mjd_tai_from_jd(item['jd']), ZTF_BANDS.get(item['fid'], '')
            points.append(('upperLimit', None, mjd, band, 0.0, noise))
    for item in record.get('fp_hists') or ():
        flux = item['forcediffimflux']
        scale = njy_from_mag(item['magzpsci']) if item['procstatus'] == '0' and flux != -99999 else math.nan
        points.append((
            'forced', None, mjd_tai_from_jd(item['jd']), ZTF_BANDS.get(item['fid'], ''),
            number(flux) * scale, number(item['forcediffimfluxunc']) * scale,
        ))
    distance = candidate.get('distnr')
    near = distance is not None and 0 <= distance * 1.012 <= 1.5
    real_bogus = candidate.get('drb')
    return {
        'objectId': record['objectId'], 'alertId': own[1], 'mjdTai': own[2],
        'ra': candidate['ra'], 'dec': candidate['dec'],
        'band': own[3], 'flux': own[4], 'fluxErr': own[5],
        'totalFlux': own[4] + njy_from_mag(candidate.get('magnr')) if near else None,
        'realBogus': candidate.get('rb') if real_bogus is None else real_bogus,
        'metadata': {name: candidate.get(name) for name in ZTF_METADATA},
        'points': usable(points),
    }


def dia_names(source):
    if source.get('midPointTai') is not None or source.get('psFlux') is not None:
        return 'midPointTai', 'filterName', 'decl', 'psFlux', 'psFluxErr', 'totFlux'
    return 'midpointMjdTai', 'band', 'dec', 'psfFlux', 'psfFluxErr', 'scienceFlux'


def dia_mjd(value):
    return math.nan if value is None else 40587 + value / SECONDS_PER_DAY if value >= 1e8 else value


def dia_alert(record, scale):
    own_source = record['diaSource']
    time_field, band_field, dec_field, flux_field, err_field, total_field = dia_names(own_source)
    points = []

    def add(kind, id_field, items):
        for item in items:
            if number(item.get('timeWithdrawnMjdTai')) > 0:
                continue
            points.append((
                kind, item[id_field], dia_mjd(item[time_field]), (item[band_field] or '').lower(),
                number(item[flux_field]) * scale, number(item[err_field]) * scale,
            ))

    add('detection', 'diaSourceId', (own_source,))
    own = points[0]
    add('detection', 'diaSourceId', record.get('prvDiaSources') or ())
    add('forced', 'diaForcedSourceId', record.get('prvDiaForcedSources') or ())
    for item in record.get('prvDiaNondetectionLimits') or ():
        mjd, band = dia_mjd(item[time_field]), (item[band_field] or '').lower()
        points.append(('upperLimit', None, mjd, band, 0.0, number(item['diaNoise']) * scale))
    dia_object = record.get('diaObject') or {}
    object_id = own_source.get('diaObjectId') or dia_object.get('diaObjectId') or own_source.get('ssObjectId')
    return {
        'objectId': object_id,
        'alertId': own[1], 'mjdTai': own[2], 'ra': own_source['ra'], 'dec': own_source[dec_field],
        'band': own[3], 'flux': own[4], 'fluxErr': own[5],
        'totalFlux': number(own_source.get(total_field)) * scale, 'realBogus': own_source.get('reliability'),
        'metadata': {}, 'points': usable(points),
    }


def lsst_alert(record):
    return dia_alert(record, 1.0)


def elasticc_alert(record):
    dia_object = record.get('diaObject') or {}
    alert = dia_alert(record, ELASTICC_NJY_PER_UNIT if dia_object.get('hostgal_z') is not None else 1.0)
    alert['metadata'] = {name: dia_object.get(name) for name in ELASTICC_METADATA}
    return alert


ALERT = {'ztf': ztf_alert, 'lsst': lsst_alert, 'elasticc': elasticc_alert}


def pruned(schema):
    """A schema with the wanted fields alone."""
    if isinstance(schema, list):
        return [pruned(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    if schema['type'] == 'record':
        wanted = WANTED.get(schema['name'].split('.')[-1], ())
        kept = [field for field in schema['fields'] if field['name'] in wanted]
        fields = [{'name': field['name'], 'type': pruned(field['type'])} for field in kept]
        return {'type': 'record', 'name': schema['name'], 'fields': fields}
    if schema['type'] == 'array':
        return {**schema, 'items': pruned(schema['items'])}
    return pruned(schema['type']) if isinstance(schema['type'], (dict, list)) else schema


class Reader:
    """The record of a packet's bytes, in one mode."""

    def __init__(self, manifest, mode):
        self.is_tuned = mode == 'tuned'
        schemas = manifest['schemas'].items()
        self.by_id = {int(number): self.compiled(load_schema(file)) for number, file in schemas}
        self.by_header = {}
        self.header_schema = fastavro.parse_schema({'type': 'map', 'values': 'bytes'})
        if manifest['framing'] == 'confluent':
            self.read = self.message
        else:
            self.read = self.tuned_file if self.is_tuned else self.file

    def compiled(self, schema):
        """Writer's and reader's schema."""
        reader = fastavro.parse_schema(pruned(schema)) if self.is_tuned else None
        return fastavro.parse_schema(schema), reader

    def file(self, packet):
        return next(fastavro.reader(io.BytesIO(packet)))

    def tuned_file(self, packet):
        stream = io.BytesIO(packet)
        stream.seek(4)
        schema = fastavro.schemaless_reader(stream, self.header_schema)['avro.schema']
        stream.seek(16, 1)
        known = self.by_header.get(schema)
        if known is None:
            known = self.by_header[schema] = self.compiled(json.loads(schema))
        for _ in range(2):
            while stream.read(1)[0] & 0x80:
                pass
        return fastavro.schemaless_reader(stream, *known)

    def message(self, packet):
        stream = io.BytesIO(packet)
        writer, reader = self.by_id[int.from_bytes(stream.read(5)[1:], 'big')]
        return fastavro.schemaless_reader(stream, writer, reader)


def main(folder, mode, passes, warm_up_ms):
    with open(os.path.join(folder, 'manifest.json')) as file:
        manifest = json.load(file)
    names = sorted(name for name in os.listdir(folder) if name.endswith('.packet'))
    packets = []
    for name in names:
        with open(os.path.join(folder, name), 'rb') as file:
            packets.append(file.read())
    read = Reader(manifest, mode).read
    alert_of = ALERT[manifest['survey']]

    def all_points():
        return sum(len(alert_of(read(packet))['points']) for packet in packets)

    def all_records():
        return sum(len(read(packet)) for packet in packets)

    start = time.perf_counter()
    figures = {'packets': len(packets)}
    if mode == 'decode':
        one_pass = all_records
        one_pass()
    else:
        one_pass = all_points
        points = [point for packet in packets for point in alert_of(read(packet))['points']]
        figures['points'] = len(points)
        figures['absFluxNjy'] = sum(abs(point[4]) for point in points)
        figures['fluxErrNjy'] = sum(point[5] for point in points)
        figures['mjdTai'] = sum(point[2] for point in points)
        del points
    while (time.perf_counter() - start) * 1000 < warm_up_ms:
        one_pass()
    rates = []
    for _ in range(passes):
        pass_start = time.perf_counter()
        consumed = one_pass()
        rates.append(len(packets) / (time.perf_counter() - pass_start))
        assert consumed == figures.get('points', consumed), 'the passes differ from each other'
    print(json.dumps({'packetsPerSecond': statistics.median(rates), **figures}))


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
