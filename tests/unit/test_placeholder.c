/* SPDX-License-Identifier: BSD-2-Clause */
/* Which values identify nothing, and which do although they look poor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "placeholder.h"
#include "prng.h"
#include "util.h"

#include <cmocka.h> /* behind util.h, whose fail() it hides */

static void check_all(enum hwfp_component c, const char *const *values, size_t n, bool expected)
{
    for (size_t i = 0; i < n; i++)
        if (placeholder_value(c, values[i]) != expected)
            fail_msg("%s: \"%s\" is %s placeholder", hwfp_component_name(c), values[i],
                     expected ? "no" : "a");
}
#define NOTHING(c, ...)                                                                            \
    check_all(c, (const char *const[]){__VA_ARGS__},                                               \
              ARRAY_SIZE(((const char *const[]){__VA_ARGS__})), true)
#define SOMETHING(c, ...)                                                                          \
    check_all(c, (const char *const[]){__VA_ARGS__},                                               \
              ARRAY_SIZE(((const char *const[]){__VA_ARGS__})), false)

static void addresses_made_of_an_ip_address(void **state)
{
    (void)state;
    NOTHING(HWFP_NIC_MAC, "42:01:0a:80:00:0a", "02:42:ac:11:00:02");
    SOMETHING(HWFP_NIC_MAC, "06:00:ac:10:00:02", "02:00:17:1f:30:e7", "42:02:0a:80:00:0a");
    NOTHING(HWFP_NIC_MAC_SOFT, "02:42:ac:11:00:02");
}

static void numbers_of_processors_and_tokens(void **state)
{
    (void)state;
    NOTHING(HWFP_CPU_SERIAL, "0", "ffffffffffffffff");
    SOMETHING(HWFP_CPU_SERIAL, "2b5f0a1c9d3e4f7a", "2b1c9d3e4f7a");
    NOTHING(HWFP_EFI_TOKEN, "0000000000000000000000000000000000000000000000000000000000000000");
    SOMETHING(HWFP_EFI_TOKEN, "00000000000000000000000000000000000000000000000000000000000000a7");
    NOTHING(HWFP_OEM_KEY, "xxxxx-xxxxx-xxxxx-xxxxx-xxxxx");
    SOMETHING(HWFP_OEM_KEY, "7npkt-4c9yh-wqr2m-bxv8f-d6j3g");
    NOTHING(HWFP_SOC_SERIAL, "0");
    SOMETHING(HWFP_SOC_SERIAL, "d48936ed7d1551fc", "1270347591");
}

static void numbers_that_nobody_drew(void **state)
{
    static const enum hwfp_component serials[] = {
        HWFP_SYSTEM_SERIAL,     HWFP_BOARD_SERIAL, HWFP_CHASSIS_SERIAL,
        HWFP_DEVICETREE_SERIAL, HWFP_SOC_SERIAL,   HWFP_DIMM_SERIAL,
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(serials); i++)
        NOTHING(serials[i], "0", "0000000", "xxxxxxxxxx", "....................", "nnnnnnn", "-64",
                "a7", "0x00000000", "0x", "012345678", "12345", "123456789", "0123456789abcdef",
                "1234567890abcdef", "1234567890.", "123456789000", "9876543210", "54321", "56789",
                "bsn12345678901234567", "bsn-1234567890123", "mb-1234567890", "nb-0123456789",
                "sys-1234567890", "sys-9876543210", "sn-12345", "sn-1234567890", "12345-sn",
                "sn-123456fvgv3i0b8o5n6n7k", "01234567890123456789ab", "000123456789",
                "atn12345678901234567", "fefefefe", "5a5a5a5a5a5a", "a5-a5-a5-a5",
                "\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff",
                "03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000");
}

static void words_where_a_number_should_be(void **state)
{
    (void)state;
    NOTHING(HWFP_BOARD_SERIAL, "system serial number", "base board serial number",
            "type1 - chassis serial number", "type2 - board serial number", "serial number xxxxxx",
            "oem chassis serial number", "unspecified system serial number", "systemserialnumb",
            "<cut out>", "empty", "[empty]", "na", "n/a", "none", "none1", "(null string)",
            "invalid", "not available", "not specified", "notsupport", "not supported",
            "not supported by cpu", "oem_define1", "oem_define3", "oem_serial", "sernum0",
            "sernum03", "tbd by odm", "to be defined by o.e.m", "to be filled by o.e.m.",
            "to be filled by o.e.m. 2", "to be set by oem", "unknow", "unknown", "eval", "iatpass",
            "default string", ".pcie2", "tulip computers", "no dimm", "<bad index>",
            "not provided");
    NOTHING(HWFP_ASSET_TAG, "0000000000", "1234567890", "9876543210", "a1_assettagnum0",
            "assettagnum4", "atn12345678901234567", "abcdefghijklm", "asset-1234567890",
            "asset tag", "asset tracking", "base board asset tag", "chassis asset tag",
            "fill by oem", "no asset information", "no asset tag", "no enclosure asset tag",
            "7783-7084-3265-9085-8269-3286-77", "default string", "o.e.m.");
    /* A company's own numbers may be short. */
    SOMETHING(HWFP_ASSET_TAG, "17", "a7", "1042", "rk04-u17", "hq 3 north 12", "4711");
    SOMETHING(HWFP_DISK_SERIAL, "d1", "sys-0001", "root");
}

static void uuids_that_nobody_drew(void **state)
{
    (void)state;
    NOTHING(HWFP_SYSTEM_UUID, "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff", "03000200-0400-0500-0006-000700080009",
            "00020003-0004-0005-0006-000700080009", "03020100-0504-0706-0809-0a0b0c0d0e0f",
            "00010203-0405-0607-0809-0a0b0c0d0e0f", "10000000-0000-8000-0040-000000000000",
            "00000010-0000-0080-0040-000000000000", "fefefefe-fefe-fefe-fefe-fefefefefefe",
            "01010101-0101-0101-0101-010101010101", "0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a",
            "6ab5b300-538d-1014-9fb5-b0684d007b53", "5c4606fa-192f-453a-b299-7b088c63bb9b",
            "00000000-0000-0000-0807-060504030201", "12345678-1234-5678-90ab-cddeefaabbcc",
            "78563412-3412-7856-90ab-cddeefaabbcc", "11223344-5566-7788-99aa-bbcc11223344",
            "44332211-6655-8877-99aa-bbcc11223344", "01234567-89ab-cdef-0123-456789abcdef",
            "67452301-ab89-efcd-0123-456789abcdef", "ffffff00-ffff-ffff-ffff-ffffffffffff",
            "00ffffff-ffff-ffff-ffff-ffffffffffff", "4c4c4544-0000-2010-8020-80c04f202020",
            "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-ffffffffffff",
            "20202020-2020-2020-2020-202020202020", "aabbccdd-eeff-0011-2233-445566778899");
    SOMETHING(HWFP_SYSTEM_UUID, "4c4c4544-0044-4a10-8054-b7c04f333832",
              "30373237-3132-4d32-3235-323830345650", "30303031-3030-3030-3030-303061336631",
              "564d1f8a-92c3-4e07-b1d4-6a0f7c25e983", "00000000-0000-0000-0000-ac1f6b2a91c4",
              "00000000-0000-0000-0000-002590900025", "00000000-0000-0000-0000-0cc47a7a7a0c",
              "ec2a7f31-9c40-d86b-15e2-73bf04a1c9d8", "49434d53-0200-9012-2500-129025001b6a",
              "c7d3a1f0-1dd2-11b2-8000-a4bf012b3c5e");
}

static void addresses_that_whole_lines_carry(void **state)
{
    (void)state;
    NOTHING(HWFP_NIC_MAC, "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:ff",
            "00:a0:c9:00:00:00", "00:10:18:00:00:00", "00:1b:21:ff:ff:ff", "88:88:88:88:87:88",
            "00:03:7f:ba:db:ad", "00:0a:35:00:01:22", "00:02:03:04:05:06", "be:3a:f2:b6:05:9f",
            "00:11:22:33:44:55", "00:90:4c:11:22:33", "52:54:00:12:34:56", "52:54:00:12:34:57",
            "12:34:56:78:9a:01", "00:e0:4c:81:96:c1", "00:0c:43:28:80:66", "00:07:ed:ff:ed:15",
            "0a:00:0a:0a:00:00", "00:08:dc:01:02:03", "00:e0:0c:00:01:fd", "e2:e6:16:20:0a:35");
    SOMETHING(HWFP_NIC_MAC, "00:a0:c9:00:00:01", "24:6e:96:0c:1a:40", "00:e0:4c:68:01:22",
              "52:54:00:6b:3c:58", "00:15:5d:01:0a:02", "b8:27:eb:4b:e2:10", "aa:bb:cc:10:20:31",
              "00:0c:29:0a:0c:0e", "dc:a6:32:55:67:78", "00:16:3e:21:22:23");
}

/* As makers print them: none of these may be lost. Letters are in lower case, as hardware.c has
 * them. */
static void real_numbers_pass(void **state)
{
    (void)state;
    /* Dell */
    SOMETHING(HWFP_SYSTEM_SERIAL, "5hwktq2", "7qx2m52", "8kq1sq2", "9fk3rn3", "b4qxm2x", "ct81pn3",
              "1q2w3e4", "2345dx2", "j4567h2", "hhhh1n2", "cn0abcd", "3456bg3", "fjq4kz1",
              "40m9fs3", "6tp0l13", "bzlnh72", "1111xp3");
    SOMETHING(HWFP_BOARD_SERIAL, ".7qx2m52.cn7475153i0731.", "/9fk3rn3/cnpe1001bn0142/",
              ".       .cn7475153i0731.", "..cn1374004b0076.", "cn0y2mrg7220076b02zr",
              "/3jh7w12/cn129636ab0089/", ".5hwktq2.cnfcp0085i00fa.");
    /* HPE and HP */
    SOMETHING(HWFP_SYSTEM_SERIAL, "czj93704rm", "cz36207v3k", "mxq1234abc", "mxq81200fd",
              "sgh547y12m", "usm54200x2", "2m271500jk", "cz3551f0qh", "5cd8213k0l", "5cg1290xyz",
              "2ua7391b2x", "cnd4123tzr", "trf3450qy7", "vcx0002k45");
    SOMETHING(HWFP_BOARD_SERIAL, "pdnnk0brh9h0b1", "phvxe00wbbq0xd", "pwern0arhcn1p4",
              "pfmcm0arh7q06g", "ptspx0czu5k0ab", "2c5f8kb44m", "pvlwh0dgaf9sg5");
    /* Lenovo and IBM */
    SOMETHING(HWFP_SYSTEM_SERIAL, "pf2x7qke", "pf0abc12", "r90jx4k2", "mj0b2k7f", "j30046bx",
              "r9xkl04", "s4av7132", "06abf21", "kq12p8g", "pb8lgmt", "lr0bw2xz", "mp1s0h4r",
              "spf3v6zd0", "23hw1a9", "99a8701");
    SOMETHING(HWFP_BOARD_SERIAL, "l1hf17a01bp", "1zk7d2a81ce", "w1ks45r1234", "v1dpf22a0mk",
              "8sst10q87012l1hf", "l1ks89n02t4", "z1zjb1kt7d3");
    /* Supermicro */
    SOMETHING(HWFP_SYSTEM_SERIAL, "s262310x8c04117", "a198567x0c21438", "e16632429802717",
              "s411795x9a13620", "a263177x4805012");
    SOMETHING(HWFP_BOARD_SERIAL, "zm18cs031457", "om15bs602114", "um158s009271", "wm16as600341",
              "hm191s013874", "vm149s004421", "nm164s502281");
    SOMETHING(HWFP_CHASSIS_SERIAL, "c8250lk26nc0114", "c827faf46n10184", "c1130fh12nb0087",
              "c2190ai34p40221", "cse846af47nb312");
    /* Apple */
    SOMETHING(HWFP_SYSTEM_SERIAL, "c07q41k3g1hv", "c02xk1tgjgh5", "fvfyc0w8hv2d", "w80271jhb9u",
              "h7jk2qlnf694", "c02f30gyml85", "dgkql1pqjg", "ylw3r5t9qp");
    SOMETHING(HWFP_BOARD_SERIAL, "c0751450dpkfxtqad", "c02648302h0htgtd", "c07543107hdf9w41a");
    /* ASUS, Acer, ASRock, Gigabyte, MSI, Intel, Framework, System76, GPD, Huawei, Inspur, Quanta,
     * Cisco, Fujitsu, Toshiba, Samsung, Panasonic, Getac, Advantech, Siemens */
    SOMETHING(HWFP_SYSTEM_SERIAL, "j7n0cx02v514284", "k9n0cv09c367391", "ndn0cv14a823151",
              "nxgdeaa00471103bfe7600", "nhq5reg001921086a33400", "pt0b1ex013b2702c0d6e00",
              "g6fn03800k2m", "gebn04700p3d", "franbmcpa81471002k", "franmccpa63242019t",
              "2102310nqq10h7000031", "210235a18e6099000078", "217461825", "819293041",
              "fch233771qz", "fch2109v0mt", "wzp21430lk8", "ymlq001487", "yl4a074112", "ylnr013377",
              "6d087405g", "z7120846h", "hy3a91qf500182f", "8ctsa02745", "rc407b2201", "ktd1902763",
              "vpk8043201871", "svpj2208217040", "btnw80200g7k");
    SOMETHING(HWFP_BOARD_SERIAL, "201176239004817", "231278004411223", "170295017400918",
              "mt7027k54600712", "bsn1707x0093", "e80-97041801872", "m80-d8012300417",
              "sn181220147006", "btwl640305pk", "btns72500h6f", "gefn031006qc", "bqwl64250731",
              "qtfcq28290041", "21021220147006", "jhap7300187", "j304ra9c0061", "tb17a0408211",
              "07b71_ky0e26401827");
    /* In decimal, and UUIDs of virtual machines */
    SOMETHING(HWFP_SYSTEM_SERIAL, "0000-0006-9811-7701-4420-8863-02", "318204957", "58221906",
              "4512-0917-3386-2045-7719-0832-46", "28164093", "402771836", "41830297", "31900277",
              "0d9a7c51-28be-4f06-b3e4-91c6f0a7d528", "vmware-56 4d 1f 8a 92 c3 4e 07-b1 d4 6a 0f",
              "googlecloud-8f14c2a97d3b60e5428fb1d09c76ea53",
              "ec2a7f31-9c40-d86b-15e2-73bf04a1c9d8", "g1234x5678", "123-4567", "a-10234-7", "1234",
              "2023-11-0417");
    /* Boards with a device tree, and systems on chip */
    SOMETHING(HWFP_DEVICETREE_SERIAL, "10000000a3f1c27e", "00000000d94be210", "1423919074216",
              "1714bbbk0571", "02c001814f20c8d6", "c4202a3f7e1b9d0568", "3a9f01c7d25be648",
              "5f0c71d2e8a94b36", "000000002c7be9d1", "0324618012945", "1421320041873",
              "vim3-ab21c07");
    SOMETHING(HWFP_SOC_SERIAL, "a3f1c27e", "10000000a3f1c27e", "1270347591", "3358811042",
              "d48936ed7d1551fc", "bb20ba70ee1a42fe", "2d0c01d6e1b7f3a9");
    /* Memory */
    SOMETHING(HWFP_DIMM_SERIAL, "03a2f1c7", "12ab34cd", "00000001", "1731a2c4", "17b3d5e2",
              "2b81f3a0", "30d7f2a1", "35d2074b", "e4a1c27b", "90aa0001", "4c2bff10", "1234abcf",
              "0367ac21", "83a2e1d9", "d1307c2e", "71e44c08", "41aa77a1", "80ce012012ab34cd56",
              "ce0180", "2e1a6f3c", "000000002e1a6f3c", "0x2e1a6f3c", "vmw-16384mb", "98765a01");
    /* Disks */
    SOMETHING(HWFP_DISK_SERIAL, "s4evnf0m700007", "wd-wcc4n0127457",
              "035344534331364780a1b2c3d4014a00", "wd-wxk1a5702844", "z1f4kq2m", "s3z8nb0k214877j",
              "phkm9120014u480bgn", "btyf8421097z1p9dgn", "174719a2f7b1", "y7d0a01xt1hf",
              "15010044473430303172b1c07f9e6a00", "50026b7782a4c1d0", "2g3820037740",
              "aa000000000000000489", "nvme.144d-533445564e46304d373030303037-53616d706c65");
}

/* ---- Numbers drawn at random. ---- */

static size_t count_random(enum hwfp_component c, const char *alphabet, size_t length, size_t n)
{
    struct prng prng = {0x9e3779b97f4a7c15};
    size_t found = 0, letters = strlen(alphabet);
    char value[64];

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < length; k++)
            value[k] = alphabet[prng_below(&prng, letters)];
        value[length] = '\0';
        found += placeholder_value(c, value);
    }
    return found;
}

/* At most so many of a million. */
#define RANDOM_LEAST(c, alphabet, length, most)                                                    \
    assert_in_range(count_random(c, alphabet, length, 1000000), 0, most)

static void random_numbers_pass(void **state)
{
    static const char hexadecimal[] = "0123456789abcdef";
    static const char alphanumeric[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    (void)state;

    RANDOM_LEAST(HWFP_SYSTEM_SERIAL, alphanumeric, 7, 5); /* a Dell service tag */
    RANDOM_LEAST(HWFP_SYSTEM_SERIAL, alphanumeric, 10, 5);
    RANDOM_LEAST(HWFP_BOARD_SERIAL, alphanumeric, 16, 5);
    RANDOM_LEAST(HWFP_SYSTEM_SERIAL, "0123456789", 9, 30);
    RANDOM_LEAST(HWFP_SYSTEM_SERIAL, "0123456789", 15, 40);
    RANDOM_LEAST(HWFP_DIMM_SERIAL, hexadecimal, 8, 5);
    RANDOM_LEAST(HWFP_SOC_SERIAL, hexadecimal, 16, 5);
    RANDOM_LEAST(HWFP_DISK_SERIAL, alphanumeric, 15, 5);
    RANDOM_LEAST(HWFP_DISK_SERIAL, hexadecimal, 32, 10);
}

static void random_uuids_and_addresses_pass(void **state)
{
    struct prng prng = {0x2545f4914f6cdd1d};
    size_t uuids = 0, nics = 0, addresses = 0;
    char text[64];
    (void)state;

    for (size_t i = 0; i < 1000000; i++) {
        uint64_t a = prng_next(&prng), b = prng_next(&prng);

        (void)snprintf(text, sizeof(text), "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
                       (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
                       0x8000 | ((unsigned)(b >> 48) & 0x3fff),
                       (unsigned long long)(b & UINT64_C(0xffffffffffff)));
        uuids += placeholder_value(HWFP_SYSTEM_UUID, text);
        (void)snprintf(text, sizeof(text), "24:6e:96:%02x:%02x:%02x", (unsigned)a & 0xff,
                       (unsigned)(a >> 8) & 0xff, (unsigned)(a >> 16) & 0xff);
        addresses += placeholder_value(HWFP_NIC_MAC, text);
        /* A UUID that is zeros and an address is as good as the address. */
        (void)snprintf(text, sizeof(text), "00000000-0000-0000-0000-002590%06x",
                       (unsigned)(b >> 8) & 0xffffff);
        nics += placeholder_value(HWFP_SYSTEM_UUID, text);
    }
    assert_in_range(uuids, 0, 10);
    assert_in_range(addresses, 0, 50);
    assert_in_range(nics, 0, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_made_of_an_ip_address),
        cmocka_unit_test(numbers_of_processors_and_tokens),
        cmocka_unit_test(numbers_that_nobody_drew),
        cmocka_unit_test(words_where_a_number_should_be),
        cmocka_unit_test(uuids_that_nobody_drew),
        cmocka_unit_test(addresses_that_whole_lines_carry),
        cmocka_unit_test(real_numbers_pass),
        cmocka_unit_test(random_numbers_pass),
        cmocka_unit_test(random_uuids_and_addresses_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
